"""Every task, management command and program is documented, and every command that a text shows exists."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands

from hub import blocks, parsers
from scripts.nexus import TASKS
from tests.docs.pages import BESIDE, DOCS, ROOT, Page, commands, parse, read, section, section_names, texts

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
    "hub.cost": "hub/cost.py",
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
    return parsers.fault(["python", *shlex.split(command)])


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
    python3 scripts/nexus.py docs --harbour 9
    ```
"""
    found = faults(parse(DOCS / "planted.md", body))
    assert [reason.partition("; ")[0] for reason in found] == [
        "there is no management command 'sow'",
        "there is no module hub.nothing that can be run",
        "there is no tests/none.py",
        "there is no file scripts/none.py",
        "unrecognized arguments: --harbour 9",
        "there is no task serv",
    ]


# --- The files beside the handbook --------------------------------------------------------------------------


def block_faults(path: Path) -> list[str]:
    return [f"{path.name}:{line}: {message}" for line, message in blocks.faults(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", BESIDE, ids=lambda path: path.name)
def test_the_blocks_beside_the_handbook_are_held_to_what_they_are(path: Path) -> None:
    assert block_faults(path) == []


def test_a_block_beside_the_handbook_that_cannot_be_is_found(tmp_path: Path) -> None:
    path = tmp_path / "PLANTED.md"
    path.write_text(
        "# Planted\n\n```text\nls\n```\n\n```json\n{\n  1\n}\n```\n\n```bash\npython3 manage.py seed\n```\n\n"
        '```powershell\npython manage.py migrate\n```\n\n```sh {not-run="it waits"}\npython manage.py sow\n```\n\n'
        '```sh {not-run="it needs Docker"}\ndocker compose up\n```\n',
        encoding="utf-8",
    )
    found = block_faults(path)
    assert [text.split(": ")[0] for text in found] == ["PLANTED.md:3", "PLANTED.md:9", "PLANTED.md:18", "PLANTED.md:22"]
    assert "neither run nor checked" in found[0]
    assert "has `python manage.py seed` here, and not `python manage.py migrate`" in found[2]
