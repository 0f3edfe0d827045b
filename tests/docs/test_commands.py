"""Every task, management command and program is documented, and every command that a text shows exists."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands

from scripts.nexus import TASKS
from tests.docs.pages import DOCS, ROOT, Page, commands, parse, read, section, section_names, texts

COMMANDS_PAGE = read(DOCS / "reference" / "commands.md").body
OURS = {name: app for name, app in get_commands().items() if app.startswith("demo_api.")}

each_text = pytest.mark.parametrize("page", texts(), ids=lambda page: page.name)


# --- What exists is documented ------------------------------------------------------------------------------


def programs(root: Path) -> set[str]:
    """What can be started besides tasks and management commands, as the page calls it.

    The files in scripts/tasks/ are what the tasks run; manage.py and nexus.py are what the other sections are about.
    """
    scripts = {path.relative_to(root).as_posix() for path in root.glob("scripts/*.py") if is_program(path)}
    modules = {
        f"{path.parent.name}.{path.stem}"
        for room in ("hub", "tests")
        for path in root.glob(f"{room}/*.py")
        if is_program(path)
    }
    return {*(scripts - {"scripts/nexus.py"}), *(name.removesuffix(".__main__") for name in modules), ".ci/run"}


def is_program(path: Path) -> bool:
    return '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")


def test_the_page_documents_exactly_the_tasks_of_nexus() -> None:
    assert set(section_names(COMMANDS_PAGE, "Tasks")) == set(TASKS)


def test_the_page_documents_exactly_our_management_commands() -> None:
    assert set(section_names(COMMANDS_PAGE, "Management commands")) == set(OURS)


def test_the_page_documents_exactly_the_programs() -> None:
    assert set(section_names(COMMANDS_PAGE, "Programs")) == programs(ROOT)


OPTION = re.compile(r'add_argument\(\s*"(--[a-z-]+)"((?:(?!add_argument).)*)', re.S)
SOURCES = {
    "build": "hub/__main__.py",
    "check": "scripts/tasks/check.py",
    "hub.pictures": "hub/pictures.py",
    "scripts/seed_and_profile.py": "scripts/seed_and_profile.py",
    "serve": "scripts/nexus.py",
}


def shown_options(source: str) -> set[str]:
    """The options that a file's parsers take, without the hidden ones."""
    return {option for option, rest in OPTION.findall(source) if "SUPPRESS" not in rest}


@pytest.mark.parametrize("name", SOURCES)
def test_the_options_of_a_program_are_documented(name: str) -> None:
    options = shown_options((ROOT / SOURCES[name]).read_text(encoding="utf-8"))
    # hub has two commands in one file; the tasks `build` and `docs` are where a reader looks for them.
    text = section(COMMANDS_PAGE, name) + (section(COMMANDS_PAGE, "docs") if name == "build" else "")
    assert options
    assert {option for option in options if f"`{option}`" not in text} == set()


@pytest.mark.parametrize("command", sorted(OURS))
def test_the_options_of_a_management_command_are_documented(command: str) -> None:
    [source] = ROOT.glob(f"demo_api/*/management/commands/{command}.py")
    options = shown_options(source.read_text(encoding="utf-8"))
    assert {option for option in options if f"`{option}`" not in section(COMMANDS_PAGE, command)} == set()


def test_an_option_that_is_not_hidden_is_found() -> None:
    planted = """
parser.add_argument("--one", type=int)
parser.add_argument(
    "--two", help=argparse.SUPPRESS
)
parser.add_argument("--three")
"""
    assert shown_options(planted) == {"--one", "--three"}


def test_a_name_is_found_in_its_own_section_only() -> None:
    body = "## Tasks\n\n### `serve`\n\nText.\n\n## Management commands\n\n### `seed`\n\n- `--count`: rows\n"
    assert section_names(body, "Tasks") == ["serve"]
    assert section_names(body, "Management commands") == ["seed"]
    assert "`--count`" in section(body, "seed")
    assert "`--count`" not in section(body, "serve")


def test_a_new_program_is_found(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "planted.py").write_text('"""New."""\n\nif __name__ == "__main__":\n    print()\n')
    (tmp_path / "scripts" / "library.py").write_text('"""Not a program."""\n')
    assert programs(tmp_path) == {"scripts/planted.py", ".ci/run"}


# --- What a text shows exists -------------------------------------------------------------------------------


def fault(command: str) -> str:
    """Why a command, given as what follows `python`, cannot be run here; "" when it can."""
    words = shlex.split(command)
    if words[0] == "scripts/nexus.py":
        return "" if len(words) == 1 or words[1] in TASKS else f"there is no task {words[1]}"
    if words[0] == "manage.py":
        return (
            ""
            if len(words) > 1 and words[1] in {*get_commands(), "help"}
            else f"there is no management command in {command!r}"
        )
    if words[0] == "-m":
        missing = [word for word in words[2:] if word.startswith("tests/") and not (ROOT / word).exists()]
        return (
            "" if module_exists(words[1]) and not missing else f"there is no {(missing or ['module ' + words[1]])[0]}"
        )
    if words[0] == "-c":
        return ""
    return "" if (ROOT / words[0]).is_file() else f"there is no file {words[0]}"


def module_exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def faults(page: Page) -> list[str]:
    return [reason for command in commands(page.body) if (reason := fault(command))]


@each_text
def test_a_command_that_is_shown_exists(page: Page) -> None:
    assert faults(page) == []


def test_the_readme_shows_the_two_commands_in_both_shells() -> None:
    readme = read(ROOT / "README.md").body
    for command in ("scripts/nexus.py serve", "scripts/nexus.py test"):
        assert f"python3 {command}\n" in readme
        assert f"python {command}\n" in readme
    assert "`python scripts/nexus.py test --all`" in readme


def test_a_command_that_does_not_exist_is_found_in_prose_and_in_fences() -> None:
    body = """Run `python scripts/nexus.py serv` or `python manage.py seed`.

=== "Linux"

    ```bash
    python3 manage.py sow
    python -m hub.nothing
    python -m pytest tests/none.py
    A=1 python3 scripts/none.py --x
    ```
"""
    assert faults(parse(DOCS / "planted.md", body)) == [
        "there is no management command in 'manage.py sow'",
        "there is no module hub.nothing",
        "there is no tests/none.py",
        "there is no file scripts/none.py",
        "there is no task serv",
    ]
