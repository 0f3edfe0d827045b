"""What a text states in numbers or lists, and a file of the project knows, agrees with that file."""

import re
import tomllib

import pytest
import yaml

from hub.blocks import NOT_RUN, TREATMENTS, shell, sql
from tests.docs.pages import DOCS, ROOT, Page, parse, read, texts

GUIDE = read(DOCS / "contributing" / "writing.md")

# --- Versions -----------------------------------------------------------------------------------------------------


def locked(package: str) -> str:
    """Return the version of a package that requirements.txt locks."""
    found = re.search(rf"^{package}==([\w.]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M)
    assert found, package
    return found[1]


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OPENAPI = yaml.safe_load((DOCS / "reference" / "openapi.yaml").read_text(encoding="utf-8"))
VERSIONS = {
    "Django": locked("django"),
    "Material for MkDocs": locked("mkdocs-material"),
    "MkDocs": locked("mkdocs"),
    "OpenAPI": OPENAPI["openapi"],
    "Python": PROJECT["requires-python"].removeprefix(">="),
    "mkdocstrings": locked("mkdocstrings"),
}
NAMED = re.compile(rf"(?<!for )\b({'|'.join(sorted(VERSIONS, key=len, reverse=True))}) (\d+(?:\.\w+)*)")


def wrong_versions(page: Page) -> list[str]:
    """Return the versions that a text names and that the project does not use; 1.6 and 1.x stand for 1.6.1."""
    found = []
    for name, version in NAMED.findall(page.body):
        stated, used = version.removesuffix(".x").split("."), VERSIONS[name].split(".")
        if stated != used[: len(stated)]:
            found.append(f"{name} {version}, and the project has {VERSIONS[name]}")
    return found


@pytest.mark.parametrize("page", [page for page in texts() if page.path.stem != "CHANGELOG"], ids=lambda it: it.name)
def test_a_version_that_is_named_is_the_one_in_use(page: Page) -> None:
    assert wrong_versions(page) == []


def test_another_version_is_found() -> None:
    body = f"MkDocs 1.x, Django 4.2, Python 3.1 or Python {VERSIONS['Python']}, Material for MkDocs 8.0\n"
    assert [text.split(",")[0] for text in wrong_versions(parse(DOCS / "planted.md", body))] == [
        "Django 4.2",
        "Python 3.1",
        "Material for MkDocs 8.0",
    ]


# --- The guide names every block and every option --------------------------------------------------------------------


def missing_blocks(guide: str) -> set[str]:
    """Return the languages and options that the build knows and a text does not name."""
    options = {option for treatment in TREATMENTS.values() for option in treatment.options}
    return {name for name in {*TREATMENTS, *options, NOT_RUN} if not re.search(rf"`\{{?{name}(?:=\w+)?\}}?`", guide)}


def unknown_options(guide: str) -> set[str]:
    """Return what the tables of options list and no treatment takes."""
    tables = re.findall(r"^\| Option \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", guide, re.M)
    listed = {name for table in tables for name in re.findall(r"^\| `([\w-]+)` \|", table, re.M)}
    assert listed
    return listed - {option for treatment in TREATMENTS.values() for option in treatment.options}


def test_the_guide_names_every_kind_of_block_and_every_option() -> None:
    assert missing_blocks(GUIDE.body) == set()
    assert unknown_options(GUIDE.body) == set()


def test_a_block_and_an_option_that_the_guide_forgets_or_invents_are_found() -> None:
    planted = GUIDE.body.replace("`dockerfile`", "it").replace("| `raises` |", "| `rises` |").replace("`raises`", "it")
    assert missing_blocks(planted) == {"dockerfile", "raises"}
    assert unknown_options(planted) == {"rises"}


def test_the_defaults_that_the_guide_states_are_those_of_the_code() -> None:
    assert f"| `lines` | how many lines of each output are shown | {shell.LINES} |\n" in GUIDE.body
    assert f"`rows` says how many rows the page shows, {sql.ROWS} without it." in GUIDE.body
