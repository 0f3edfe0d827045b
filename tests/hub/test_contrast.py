"""The colours of tokens.css keep WCAG AA, 4.5:1, on every ground they are used on, in both schemes."""

import re

import pytest

from hub.source import ROOT

TEXT = (ROOT / "docs" / "assets" / "css" / "tokens.css").read_text(encoding="utf-8")
INKS = [
    "ink", "ink-2", "ink-3", "accent", "ok", "moved", "refused", "failed",
    "code-name", "code-string", "code-number", "code-keyword", "code-comment",
]  # fmt: skip
GROUNDS = ["paper", "panel", "raised"]


def colours(scheme: str) -> dict[str, str]:
    """Return the named colours of a scheme as six hexadecimal digits."""
    block = re.search(rf'^\[data-md-color-scheme="{scheme}"\] \{{(.*?)^\}}', TEXT, re.M | re.S)
    assert block
    return dict(re.findall(r"--nx-([\w-]+): #([0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", INKS)
def test_text_can_be_read(scheme, ground, ink):
    named = colours(scheme)
    assert contrast(named[ink], named[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("accent", ["accent", "accent-strong"])
def test_the_run_button_can_be_read(scheme, accent):
    named = colours(scheme)
    assert contrast(named["on-accent"], named[accent]) >= 4.5


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_found_words_can_be_read(scheme):
    named = colours(scheme)
    assert contrast(named["ink"], named["mark"]) >= 4.5


def test_the_measure_itself():
    assert round(contrast("000000", "ffffff"), 1) == 21.0
    assert contrast("777777", "ffffff") < 4.5
