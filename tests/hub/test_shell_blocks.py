"""Blocks of commands: what runs, what is only held to parsers, and what is said of a command that cannot be."""

import shutil
import sys
from pathlib import Path

import pytest

from hub import capture, parsers, scratch, tracked
from hub.blocks import shell
from hub.blocks.block import Block, BlockError, PageRecord
from hub.blocks.shell import TREATMENTS, trimmed
from hub.commands import Command, CommandError, bash_commands, plain_commands, powershell_commands
from hub.scratch import Outcome, ScratchError, tidy
from hub.source import ROOT
from hub.tracked import digest, find_tracked
from hub.warm import CAN_FORK, is_fork
from tests.hub.conftest import Handbook

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="Git is not installed")
needs_bash = pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="there is no bash")

needs_fork = pytest.mark.skipif(not CAN_FORK, reason="this system cannot fork")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch) -> Path:
    """An empty folder for results."""
    monkeypatch.setattr(scratch, "KEPT", tmp_path / "kept")
    return tmp_path / "kept"


def treat(language: str, source: str, above: str | None = None, **options: str) -> str:
    record = PageRecord(None)
    if above is not None:
        record.blocks.append(Block("bash", above, {}, record))
    return TREATMENTS[language].render(Block(language, source, options, record))


def refusal(language: str, source: str, above: str | None = None, **options: str) -> tuple[int, str]:
    with pytest.raises(BlockError) as caught:
        treat(language, source, above, **options)
    return caught.value.line, str(caught.value)


# --- Reading ------------------------------------------------------------------------------------------------


def test_bash_is_read_with_variables_operators_comments_and_continued_lines():
    source = "# why\nA=1 python3 x.py \\\n  --b 'c d'  # and why\n\ncd a && git status\nsource .venv/bin/activate\n"
    assert bash_commands(source) == [
        Command(2, ("python", "x.py", "--b", "c d"), (("A", "1"),)),
        Command(5, ("cd", "a")),
        Command(5, ("git", "status")),
        Command(6, ("activate", ".venv")),
    ]


def test_powershell_is_read_as_the_same_commands():
    source = '$env:A = "1"\npython x.py `\n  --b "c d"\n.\\.venv\\Scripts\\Activate.ps1\ncurl.exe x\n'
    assert [(command.words, command.settings) for command in powershell_commands(source)] == [
        (("python", "x.py", "--b", "c d"), (("A", "1"),)),
        (("activate", ".venv"), ()),
        (("curl", "x"), ()),
    ]


@pytest.mark.parametrize(
    "line",
    ["python3 x.py", "A=1 python x.py", "a && b", "a | b", "echo $HOME", 'echo "$HOME"', "a 'b'", "a > b", "a \\"],
)
def test_what_differs_between_shells_is_refused(line):
    with pytest.raises(CommandError, match="not the same in every shell") as caught:
        plain_commands(f"# which > is fine here\n{line}\n")
    assert caught.value.line == 2


def test_what_stands_in_double_quotes_is_the_same_in_every_shell():
    assert plain_commands('python -c "import a; a.b(1) > 2"') == [Command(1, ("python", "-c", "import a; a.b(1) > 2"))]


def test_a_quote_that_is_not_closed_is_refused():
    with pytest.raises(CommandError, match="no closing quotation"):
        plain_commands('python -c "x')


# --- Running ------------------------------------------------------------------------------------------------


def test_a_command_runs_and_its_output_is_shown(kept):
    html = treat("sh", "python manage.py seed --count 3")
    assert "Added 0 curated and 3 generated products, 0 demo accounts." in html
    assert "<b>0</b> exit status" in html
    assert len(list(kept.glob("*.json"))) == 1


def test_without_a_database_there_is_none(kept):
    html = treat("sh", "python manage.py migrate --verbosity 0\npython manage.py seed", database="none")
    assert "Added 60 curated" in html
    assert '<span class="gp">python manage.py seed</span>' in html


def test_an_unexpected_status_is_named_with_the_line_and_is_not_kept(kept):
    line, said = refusal("sh", '# a comment\npython -c "print(1)"\npython -c "import sys; sys.exit(3)"')
    assert line == 3
    assert said == "expected exit 0, got 3: it printed nothing"
    assert not kept.exists()


def test_a_command_that_should_fail_and_does_not_is_named(kept):
    assert refusal("sh", 'python -c "print(1)"', exit="2") == (1, "expected exit 2, got 0: 1")


def test_only_the_last_command_may_fail(kept):
    source = 'python -c "raise SystemExit(2)"\npython -c "raise SystemExit(2)"'
    assert refusal("sh", source, exit="2")[1].startswith("expected exit 0, got 2")
    html = treat("sh", 'python -c "print(4)"\npython -c "raise SystemExit(2)"', exit="2")
    assert "<b>2</b> exit status" in html


def test_a_result_is_kept_until_what_it_depends_on_changes(kept, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it ran again")

    command = [["python", "-c", "print(42)"]]
    assert scratch.run(command, seeded=False) == [Outcome(0, "42")]
    monkeypatch.setattr(scratch, "run_in", refuse)
    assert scratch.run(command, seeded=False) == [Outcome(0, "42")]
    with pytest.raises(AssertionError, match="it ran again"):
        scratch.run([["python", "-c", "print(43)"]], seeded=False)
    with pytest.raises(AssertionError, match="it ran again"):
        scratch.run(command, seeded=True)
    monkeypatch.setattr(scratch, "digest", lambda files: "of a changed file")
    with pytest.raises(AssertionError, match="it ran again"):
        scratch.run(command, seeded=False)


def test_the_files_of_a_checkout_are_those_that_its_programs_may_read():
    def names(*words: str) -> set[str]:
        return {path.relative_to(ROOT).as_posix() for path in scratch.files_for([words])}

    program = names("python", "manage.py", "seed")
    assert {"manage.py", "demo_api/nexus/settings.py"} <= program
    assert not {name for name in program if name.startswith(("docs/getting-started/", "tests/", "hub/", ".git/"))}
    tests = names("python", "-m", "pytest", "tests/api/test_health.py")
    assert "tests/conftest.py" in tests
    assert "docs/index.md" not in tests
    assert "docs/index.md" in names("git", "status")
    assert "hub/source.py" in names("python", "-c", "import hub.source")


def test_a_digest_changes_with_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("hub.tracked.ROOT", tmp_path)
    file = tmp_path / "a"
    file.write_text("1")
    before = digest([file])
    assert digest([file]) == before
    file.write_text("22")
    assert digest([file]) != before


def test_without_git_the_files_are_found_by_walking(monkeypatch):
    with_git = {path.relative_to(ROOT).as_posix() for path in find_tracked()}
    monkeypatch.setenv("PATH", "")
    without = {path.relative_to(ROOT).as_posix() for path in find_tracked()}
    assert "demo_api/nexus/settings.py" in without
    assert not {
        name
        for name in without
        if name.startswith((".venv/", ".cache/", ".git", "docs/media/")) and name not in with_git
    }


def test_the_checkout_has_no_network_and_nothing_of_this_machine(kept, monkeypatch):
    monkeypatch.setenv("POSTGRES_HOST", "elsewhere")
    program = "import os, socket; print(os.environ.get('POSTGRES_HOST'), os.getcwd());"
    connect = " socket.create_connection((bytes([49,57,50,46,48,46,50,46,49]).decode(), 9), 5)"
    [outcome] = scratch.run([["python", "-c", program + connect]], seeded=False, succeeds=False)
    assert outcome.exit == 1
    assert outcome.output.startswith("None alx-project-nexus\n")
    assert "there is no network in a scratch checkout" in outcome.output
    assert str(ROOT) not in outcome.output


def test_a_command_that_does_not_end_is_ended(kept, monkeypatch):
    monkeypatch.setattr(scratch, "PATIENCE", 1)
    with pytest.raises(ScratchError, match="no end within 1 seconds"):
        scratch.run([["python", "-c", "import time; time.sleep(60)"]], seeded=False)


@needs_fork
@pytest.mark.parametrize(
    ("words", "status", "prints"),
    [
        (["manage.py", "showmigrations", "catalog"], 0, "catalog\n [X] 0001_initial"),
        (["manage.py", "shell", "-c", "import sys; print(sys.argv, sys.path[0])"], 0, "['manage.py', 'shell', '-c', "),
        (["manage.py", "migrate", "nothing"], 1, "CommandError: No installed app with label 'nothing'."),
        (["manage.py", "shell", "-c", "raise LookupError(1)"], 1, "Traceback (most recent call last):"),
        (["-m", "pytest", "tests/integration/test_smoke_db.py"], 0, "5 passed"),
    ],
)
def test_a_fork_of_the_loaded_python_does_what_a_new_python_does(kept, monkeypatch, words, status, prints):
    commands = [["python", *words]]
    assert is_fork(commands[0])
    [forked] = scratch.run(commands, succeeds=not status)
    monkeypatch.setattr(scratch, "KEPT", kept / "again")
    monkeypatch.setattr(scratch, "is_fork", lambda command: False)
    assert scratch.run(commands, succeeds=not status) == [forked]
    assert forked.exit == status
    assert prints in forked.output


@needs_fork
def test_a_fork_finds_the_checkout_of_its_own_block(kept):
    make = "from pathlib import Path; Path('made.txt').write_text('1'); print(sorted(Path('.').glob('*.txt')))"
    look = "from pathlib import Path; print(sorted(Path('.').glob('made.txt')))"
    command = ["python", "manage.py", "shell", "--no-imports", "-c"]
    first, second = scratch.run([[*command, make], [*command, look]])
    assert "made.txt" in first.output
    assert "made.txt" in second.output
    [later] = scratch.run([[*command, look]])
    assert later.output == "[]"


@needs_fork
def test_a_fork_that_does_not_end_is_ended_and_the_next_runs(kept, monkeypatch):
    command = ["python", "manage.py", "shell", "--no-imports", "-c"]
    scratch.run([[*command, "print(1)"]])
    monkeypatch.setattr(scratch, "PATIENCE", 1)
    with pytest.raises(ScratchError, match="no end within 1 seconds"):
        scratch.run([[*command, "import time; time.sleep(60)"]])
    monkeypatch.undo()
    monkeypatch.setattr(scratch, "KEPT", kept)
    assert scratch.run([[*command, "print(2)"]]) == [Outcome(0, "2")]


def test_only_what_loads_the_project_is_forked():
    assert not is_fork(["python", "-c", "print(1)"])
    assert not is_fork(["python", "scripts/nexus.py", "help"])
    assert not is_fork(["git", "status"])


@needs_git
def test_git_has_a_repository_with_one_commit(kept):
    first, second = scratch.run([["git", "status"], ["git", "log"]], seeded=False)
    assert "nothing to commit, working tree clean" in first.output
    assert second.output.startswith("commit (a commit)\nAuthor: You")


def test_what_differs_from_run_to_run_is_not_printed(tmp_path):
    checkout = tmp_path / "alx-project-nexus"
    printed = (
        "platform linux -- Python 3.11.7\nrootdir: /x\n50%|##  | 1/2\r100%|####| 2/2 [00:01]\n"
        f"== 5 passed in 1.23s ==\n{checkout}/a {sys.prefix}/b <x at 0x7f00aabbcc>\n"
    )
    assert tidy(printed, checkout) == "== 5 passed ==\nalx-project-nexus/a .venv/b <x at 0x…>"


def test_long_output_is_trimmed_in_the_middle():
    output = "\n".join("abcdefgh")
    assert trimmed(output, 8) == output
    assert trimmed(output, 4) == "a\nb\n… 5 more lines …\nh"
    assert trimmed(output, 0) == ""


# --- What cannot run ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("python manage.py runserver", "it runs until you stop it"),
        ("python scripts/nexus.py check", "it prepares the whole project"),
        ("python -m hub build", "it needs more than a checkout"),
        ("python -m pytest", "it is not one file of the tests"),
        ("python -m pytest tests/docs/test_pages.py", "it is not one file of the tests"),
        ("git push", "it needs another repository"),
        ("docker compose up", "docker is not among what the build can check"),
        ("python manage.py sow", "there is no management command 'sow'"),
        ("python manage.py seed --cows 3", "unrecognized arguments: --cows 3"),
        ("# nothing", "there is no command in this block"),
    ],
)
def test_a_command_that_cannot_run_is_refused(source, says):
    assert says in refusal("sh", source)[1]


@pytest.mark.parametrize(
    ("options", "says"),
    [({"exit": "-1"}, "exit=-1"), ({"lines": "many"}, "lines=many"), ({"database": "mine"}, "write database=none")],
)
def test_an_option_with_a_wrong_value_is_refused(options, says):
    assert says in refusal("sh", "python manage.py check", **options)[1]


# --- Commands for one system --------------------------------------------------------------------------------


def test_commands_for_one_system_are_shown_and_not_run(monkeypatch):
    monkeypatch.setattr(scratch, "run_in", None)
    html = treat("bash", "python3 scripts/nexus.py serve --port 9000\nTHROTTLING=0 python3 manage.py runserver\n")
    assert "serve" in html


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("cd x\npython3 scripts/nexus.py serve --harbour 1", 2, "unrecognized arguments: --harbour 1"),
        ("python3 scripts/nexus.py serve --port x", 1, "invalid int value"),
        ("python3 scripts/nexus.py check --mend", 1, "unrecognized arguments: --mend"),
        ("python3 scripts/nexus.py lock --all", 1, "the task lock has no option --all"),
        ("python3 scripts/seed_and_profile.py --iterations 0", 1, "not a whole number from 1"),
        ("python3 -m hub.pictures --look", 1, "unrecognized arguments"),
        ("python3 -m pytest tests/api/test_health.py::test_no", 1, "there is no test test_no"),
        ("python3 -c 'x ='", 1, "Python refuses the program"),
        ("DJANGO_MOOD=x python3 manage.py check", 1, "DJANGO_MOOD is no setting"),
        ("git clone https://github.com/someone/else.git", 1, "mkdocs.yml names another repository"),
        ("git commute", 1, "git commute is not among"),
        ("pip install -r requirement.txt", 1, "there is no file requirement.txt"),
        ("source env/bin/activate", 1, "nothing makes an environment in env"),
        ("curl http://127.0.0.1:8000/api/v1/projects/", 1, "the API has no address /api/v1/projects/"),
        ("curl --request PATCH http://127.0.0.1:8000/api/v1/products/", 1, "does not take PATCH"),
        ("ls", 1, "ls is not among what the build can check"),
    ],
)
def test_a_command_that_its_program_would_refuse_is_named(source, line, says):
    found = refusal("bash", source)
    assert says in found[1]
    assert found[0] == line


@needs_bash
def test_what_bash_cannot_parse_is_named_with_its_line():
    line, said = refusal("bash", "cd x\nif git status\n")
    assert "bash refuses this" in said
    assert line >= 2


def test_powershell_must_do_the_same_as_bash():
    bash = "A=1 python3 manage.py check\nsource .venv/bin/activate\n".replace("A=1", "THROTTLING=0")
    same = '$env:THROTTLING = "0"\npython manage.py check\n.\\.venv\\Scripts\\Activate.ps1\n'
    assert "Activate" in treat("powershell", same, bash)
    line, said = refusal("powershell", same.replace('"0"', '"1"'), bash)
    assert line == 2
    assert "has `THROTTLING=0 python manage.py check` here, and not `THROTTLING=1 python manage.py check`" in said
    assert "has 2 commands, and this one 1" in refusal("powershell", "\n".join(same.split("\n")[:2]), bash)[1]
    assert "put this below a `bash` block" in refusal("powershell", same)[1]


def test_a_command_that_is_not_run_is_held_to_its_parser_all_the_same(handbook: Handbook):
    reason = '{not-run="it serves until you stop it"}'
    handbook.page(
        "index.md",
        f"# Home\n\n```sh {reason}\npython scripts/nexus.py docs --harbour 1\n```\n\n"
        f'```sh {{not-run="it needs Docker"}}\ndocker compose up --build\n```\n\n'
        '=== "Linux"\n\n    ```bash\n    python3 manage.py seed\n    python3 manage.py sow\n    ```\n\n'
        '=== "Windows"\n\n    ```powershell\n    python manage.py seed\n    python manage.py migrate\n    ```\n',
    )
    found = handbook.build()
    assert [text.split(": ")[0] for text in found] == ["docs/index.md:4", "docs/index.md:15", "docs/index.md:22"]


def test_the_parsers_know_what_the_treatment_lets_through():
    assert set(parsers.PROGRAMS) == shell.PROGRAMS


def test_a_good_command_is_remembered_and_a_bad_one_asked_again(tmp_path, monkeypatch):
    asked: list[object] = []

    def answer(question: dict) -> dict:
        asked.append(question["words"])
        return {"fault": "" if question["words"] == ["good"] else "it is bad"}

    monkeypatch.setattr(capture, "_answer", answer)
    monkeypatch.setattr(capture, "ROOT", tmp_path)
    assert [capture.command_fault([word], []) for word in ("good", "bad", "good", "bad")] == ["", "it is bad"] * 2
    assert asked == [["good"], ["bad"], ["bad"]]
    monkeypatch.setattr(capture, "programs_digest", lambda: "of a changed program")
    assert capture.command_fault(["good"], []) == ""
    assert asked[3:] == [["good"]]


def test_what_was_found_is_found_again_after_a_second(monkeypatch):
    now = iter([0.0, 0.5, 2.0, 2.0])
    monkeypatch.setattr("hub.tracked.time.monotonic", lambda: next(now))
    found = iter("ab")
    find = tracked.for_a_second(lambda: next(found))
    assert [find(), find(), find()] == ["a", "a", "b"]
