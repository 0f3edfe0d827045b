"""Every page: front matter, one heading of the first level, alternative texts, plain words, live links."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import BESIDE, DOCS, ROOT, Page, handbook, inline_code, parse, prose, read, texts, without_fences

BELITTLING = ("simply", "just", "easy", "easily", "obviously")
ROOMS = re.compile(r"(?:demo_api|docs|hub|scripts|tests|overrides|\.github|\.ci)/[\w./-]*")
MADE_BY_COMMANDS = ("docs/assets/vendor",)

each_page = pytest.mark.parametrize("page", handbook(), ids=lambda page: page.name)
each_text = pytest.mark.parametrize("page", texts(), ids=lambda page: page.name)


def planted(text: str, path: Path = DOCS / "planted.md") -> Page:
    return parse(path, text)


def test_there_are_pages_to_check() -> None:
    assert len(handbook()) > 20


# --- Front matter and headings ------------------------------------------------------------------------------


def missing_front_matter(page: Page) -> list[str]:
    return [name for name in ("title", "description") if not str(page.front_matter.get(name) or "").strip()]


@each_page
def test_a_page_has_a_title_and_a_description(page: Page) -> None:
    assert missing_front_matter(page) == []


def test_a_page_without_a_description_is_found() -> None:
    assert missing_front_matter(planted("---\ntitle: One\n---\n# One\n")) == ["description"]
    assert missing_front_matter(planted("# One\n")) == ["title", "description"]
    assert missing_front_matter(planted("---\ntitle: One\ndescription: a: b\n---\n# One\n")) == ["title", "description"]


def first_level_headings(page: Page) -> list[str]:
    return re.findall(r"^# (.+)$", without_fences(page.body), re.M)


@each_text
def test_a_page_has_one_heading_of_the_first_level(page: Page) -> None:
    assert len(first_level_headings(page)) == 1


def test_a_comment_in_a_fence_is_no_heading_and_a_second_heading_is_found() -> None:
    body = "# One\n\n```bash\n# Linux\nls\n```\n\n    ~~~text\n    # no\n    ~~~\n"
    assert first_level_headings(planted(body)) == ["One"]
    assert first_level_headings(planted(body + "\n# Two\n")) == ["One", "Two"]


# --- Pictures and words -------------------------------------------------------------------------------------


def pictures_without_text(page: Page) -> list[str]:
    markdown = re.findall(r"!\[\s*\]\([^)]*\)", prose(page.body))
    html = [tag for tag in re.findall(r"<img\b[^>]*>", prose(page.body)) if not re.search(r"\balt=\"[^\"]+\"", tag)]
    return markdown + html


@each_text
def test_a_picture_has_an_alternative_text(page: Page) -> None:
    assert pictures_without_text(page) == []


def test_a_picture_without_an_alternative_text_is_found() -> None:
    body = '![](a.png) ![A lamp](b.png) <img src="c.png"> <img src="d.png" alt="A bag"> `![](code.png)`'
    assert pictures_without_text(planted(body)) == ["![](a.png)", '<img src="c.png">']


def belittling_words(page: Page) -> list[str]:
    return re.findall(rf"\b(?:{'|'.join(BELITTLING)})\b", prose(page.body), re.I)


@each_text
def test_no_word_makes_little_of_a_difficulty(page: Page) -> None:
    assert belittling_words(page) == []


def test_a_belittling_word_is_found_outside_code_only() -> None:
    body = "Simply run it.\n\n```bash\njust test\n```\n\nThe word `easy`, an adjustment and an easyish day.\n"
    assert belittling_words(planted(body)) == ["Simply"]


# --- Links and paths ----------------------------------------------------------------------------------------


def dead_links(page: Page) -> list[str]:
    """The relative links and pictures of a page that lead to no file."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page.body))
    paths = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    return [path for path in paths if not (page.path.parent / path).exists()]


# MkDocs checks the links of the handbook itself; it never sees these files.
@pytest.mark.parametrize("path", BESIDE, ids=lambda path: path.name)
def test_a_link_beside_the_handbook_leads_to_a_file(path: Path) -> None:
    assert dead_links(read(path)) == []


def test_a_dead_link_is_found() -> None:
    body = "[a](docs/index.md) [b](docs/nowhere.md#x) ![c](no.png) [d](https://example.org/x) [e](#below)"
    assert dead_links(planted(body, ROOT / "PLANTED.md")) == ["docs/nowhere.md", "no.png"]


def unknown_paths(page: Page) -> list[str]:
    """The files and folders of the project that inline code names and that are not there."""
    named = [code for code in inline_code(page.body) if ROOMS.fullmatch(code)]
    return [path for path in named if not path.startswith(MADE_BY_COMMANDS) and not (ROOT / path).exists()]


@each_text
def test_a_path_that_is_named_exists(page: Page) -> None:
    assert unknown_paths(page) == []


def test_a_path_that_does_not_exist_is_found() -> None:
    body = "`demo_api/rest/pages.py`, `demo_api/rest/sheets.py`, `hub/`, `docs/assets/vendor/`, `api/v1/`"
    assert unknown_paths(planted(body)) == ["demo_api/rest/sheets.py"]
