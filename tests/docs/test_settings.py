"""Every environment variable is documented, and the documentation says what the code does."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest

from tests.docs.pages import DOCS, ROOT, read, section
from tests.docs.variables import Reading, named_in_yaml, read_by_code, readings

SETTINGS_PAGE = read(DOCS / "reference" / "settings.md").body
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
# A program of ours sets these for another one; nobody writes them into a file.
BETWEEN_PROGRAMS = {"HUB_CAPTURE_CACHE", "NEXUS_TEST_NOTES"}
CHECKED_KINDS = {"flag", "integer", "choice", "url"}  # env.py's functions that refuse a value
WRONG_VALUE = re.compile(r"`([A-Z_]+=[^`]*)`(?: alone)?,? stops the program:(?: it must)? `([^`]+)`")
SHOW_SETTINGS = """
import json
from demo_api.nexus import settings
shown = {name: value for name, value in vars(settings).items() if name.isupper() and not callable(value)}
print(json.dumps(shown, default=str, sort_keys=True))
"""


def documented(page: str) -> set[str]:
    """The variables that have a section on the page of settings."""
    return set(re.findall(r"^### `([A-Z_]+)`$", page, re.M))


def in_example(example: str) -> dict[str, str]:
    """The variables of `.env.example`, commented or not, with their values."""
    return dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", example, re.M))


def wrong_values(page: str) -> list[tuple[str, str]]:
    """The settings that the page calls wrong, such as "A=1 B=2", each with the message it quotes."""
    return [(found[1], found[2]) for found in WRONG_VALUE.finditer(" ".join(page.split()))]


def run_python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these variables, and every other variable of ours empty, whatever `.env` holds."""
    environment = {**os.environ, **dict.fromkeys(in_example(EXAMPLE), ""), **variables}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=60
    )


# --- What is read is documented, and nothing else -----------------------------------------------------------


def test_the_page_documents_exactly_what_the_code_reads() -> None:
    assert documented(SETTINGS_PAGE) == {reading.name for reading in read_by_code()}


def test_the_example_lists_exactly_what_a_person_may_set() -> None:
    assert set(in_example(EXAMPLE)) == {reading.name for reading in read_by_code()} - BETWEEN_PROGRAMS


def test_each_section_says_what_the_default_is() -> None:
    assert [
        name for name in documented(SETTINGS_PAGE) if not section(SETTINGS_PAGE, name).strip().startswith("Default: ")
    ] == []


def test_every_way_of_reading_a_variable_is_found() -> None:
    planted = """
import os
NOTES = "FOURTH"
env.flag("FIRST", True)
os.environ.get("SECOND")
os.getenv("THIRD", "")
os.environ.get(NOTES)
os.environ["FIFTH"]
os.environ["WRITTEN"] = "1"
os.environ.setdefault("ALSO_WRITTEN", "1")
other.flag("NOT_OURS")
"""
    assert readings([ast.parse(planted)]) == {
        Reading("FIRST", "flag"),
        *(Reading(name, "environ") for name in ("SECOND", "THIRD", "FOURTH", "FIFTH")),
    }
    assert named_in_yaml('site_url: !ENV [SIXTH, "x"]\nother: !ENV SEVENTH\n') == ["SIXTH", "SEVENTH"]


def test_a_variable_of_a_text_is_found_wherever_it_stands() -> None:
    assert documented("## Files\n\n### `PLANTED`\n\nDefault: none.\n") == {"PLANTED"}
    assert in_example("# A comment = not one\n# PLANTED=1\nOTHER=\n") == {"PLANTED": "1", "OTHER": ""}


# --- The example shows the defaults -------------------------------------------------------------------------


def settings_with(**variables: str) -> dict[str, object]:
    done = run_python("-c", SHOW_SETTINGS, **variables)
    assert done.returncode == 0, done.stderr
    shown: dict[str, object] = json.loads(done.stdout)
    return shown


@pytest.mark.parametrize("environment", ["development", "production"])
def test_every_line_of_the_example_shows_the_default(environment: str) -> None:
    chosen = {"DJANGO_ENV": environment}
    assert settings_with(**(in_example(EXAMPLE) | chosen)) == settings_with(**chosen)


def test_a_line_that_is_not_the_default_is_found() -> None:
    assert settings_with(**(in_example(EXAMPLE) | {"TRUSTED_PROXY_COUNT": "1"})) != settings_with()


# --- A wrong value says what the page quotes ----------------------------------------------------------------


@pytest.mark.parametrize(("variables", "message"), wrong_values(SETTINGS_PAGE))
def test_a_wrong_value_says_what_the_page_quotes(variables: str, message: str) -> None:
    done = run_python("manage.py", "check", **dict(pair.split("=", 1) for pair in variables.split(" ")))
    assert done.returncode != 0
    assert message in " ".join(done.stderr.split())


def test_every_variable_that_refuses_values_shows_a_wrong_one() -> None:
    shown = {pair.split("=")[0] for variables, _ in wrong_values(SETTINGS_PAGE) for pair in variables.split(" ")}
    assert {reading.name for reading in read_by_code() if reading.kind in CHECKED_KINDS} <= shown


def test_right_values_are_not_refused() -> None:
    done = run_python("manage.py", "check", TRUSTED_PROXY_COUNT="5", LOG_LEVEL="DEBUG", DJANGO_DEBUG="no")
    assert done.returncode == 0, done.stderr
