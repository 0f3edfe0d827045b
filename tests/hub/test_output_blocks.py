"""The output block: what stands in it is what came out, or the build fails where it stands; --update writes it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub import update as module
from hub.blocks.output import COMPARED, difference, same
from hub.check import findings_in
from hub.source import ROOT
from tests.hub.conftest import Handbook

PROGRAM = "```python\nprint('one')\nprint('two')\n1 + 2\n```\n"


def page(given: str, program: str = PROGRAM) -> str:
    return f"# Home\n\n{program}\n```output\n{given}\n```\n"


@pytest.fixture
def update(handbook: Handbook, capsys: pytest.CaptureFixture[str]):
    """Run `docs --update` on the handbook; give its code and what it printed."""

    def run() -> tuple[int, str, str]:
        handbook.write_config()
        code = module.update(handbook.config)
        said = capsys.readouterr()
        here = handbook.folder.as_posix() + "/"
        return code, said.out.replace(here, ""), said.err.replace(here, "")

    return run


# Compared ---------------------------------------------------------------------------------------------------------


def test_what_was_printed_and_the_value_are_compared_and_shown_once(handbook: Handbook):
    handbook.page("index.md", page("one\ntwo\n3"))
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert html.count("one\ntwo\n") == 1
    assert 'class="language-output' not in html
    assert COMPARED in html
    assert "1 block run beside the API, 1 block compared with what came out" in html


def test_a_difference_fails_at_the_line_of_the_output_with_a_diff(handbook: Handbook):
    handbook.page("index.md", page("one\nTWO\n3"))
    [found] = handbook.build()
    assert found.startswith("docs/index.md:9: the block above gives something else")
    assert "docs --update" in found
    assert found.endswith("  @@ -1,3 +1,3 @@\n   one\n  -TWO\n  +two\n   3")
    assert "nx-console--broken" in handbook.html("index.html")


def test_a_difference_that_ends_with_a_colon_is_no_heading(handbook: Handbook):
    handbook.page("index.md", page("a", "```python\nprint('a:')\n```\n"))
    [found] = handbook.build()
    assert found.endswith("+a:")


def test_an_error_that_was_expected_is_its_last_line(handbook: Handbook):
    program = "```python {raises=ValueError}\nprint('before')\nint('x')\n```\n"
    handbook.page("index.md", page("before\nValueError: invalid literal for int() with base 10: 'x'", program))
    assert handbook.build() == []
    handbook.page("index.md", page("before", program))
    [found] = handbook.build()
    assert found.startswith("docs/index.md:8: ")


def test_a_program_that_gives_nothing_has_an_empty_output(handbook: Handbook):
    handbook.page("index.md", page("", "```python\nx = 1\n```\n"))
    assert handbook.build() == []
    handbook.page("index.md", page("1", "```python\nx = 1\n```\n"))
    assert handbook.build()[0].startswith("docs/index.md:7: ")


def test_what_may_change_is_declared_and_not_compared(handbook: Handbook):
    program = '```python {volatile="0x[0-9a-f]+"}\nprint("at", hex(id(object())))\n```\n'
    handbook.page("index.md", page("at 0x1", program))
    assert handbook.build() == []
    handbook.page("index.md", page("near 0x1", program))
    assert handbook.build()[0].startswith("docs/index.md:7: ")


@pytest.mark.parametrize(
    ("volatile", "says"), [("[", "is not a regular expression"), ("x*", "volatile matches nothing at all")]
)
def test_what_may_change_is_a_regular_expression_that_matches_something(handbook: Handbook, volatile, says):
    handbook.page("index.md", f'# Home\n\n```python {{volatile="{volatile}"}}\n1\n```\n')
    [found] = handbook.build()
    assert found.startswith("docs/index.md:3: ")
    assert says in found


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("```output\n1\n```\n", 3, "directly below the block that gives it"),
        (f"{PROGRAM}\nSome text.\n\n```output\n1\n```\n", 11, "directly below the block that gives it"),
        (f"{PROGRAM}\n```output\none\ntwo\n3\n```\n\n```output\n3\n```\n", 15, "in output gives no output"),
        ("```section\nhub/commit.py commit\n```\n\n```output\n3\n```\n", 7, "a block in section gives no output"),
        ('```python {not-run="it is an example"}\n1\n```\n\n```output\n1\n```\n', 7, "the block above is not run"),
        ("```python\n1\n```\n\n```output {raises=ValueError}\n1\n```\n", 7, "unknown option 'raises'"),
    ],
)
def test_an_output_below_nothing_that_runs_is_an_error(handbook: Handbook, text, line, says):
    handbook.page("index.md", f"# Home\n\n{text}")
    [found] = handbook.build()
    assert found.startswith(f"docs/index.md:{line}: ")
    assert says in found


def test_below_a_program_that_failed_the_output_says_nothing_more(handbook: Handbook):
    handbook.page("index.md", page("1", "```python\n1 / 0\n```\n"))
    [found] = handbook.build()
    assert found.startswith("docs/index.md:4: the program raised ZeroDivisionError")


def test_of_two_equal_outputs_and_of_two_that_differ_in_indentation_the_stale_one_is_blamed(handbook: Handbook):
    fence = "```python\nprint(f'{n:>3}')\n```\n\n```output\n{}\n```\n\n"
    first = fence.replace("{}", "  1")
    handbook.page("index.md", "# Home\n\n```python\nn = 1\n```\n\n" + first + "```python\nn = 2\n```\n\n" + first)
    [found] = handbook.build()
    assert found.startswith("docs/index.md:23: ")
    handbook.page("index.md", "# Home\n\n```python\nn = 1\n```\n\n" + first + fence.replace("{}", "1"))
    [found] = handbook.build()
    assert found.startswith("docs/index.md:19: ")


@pytest.mark.parametrize(
    ("written", "given", "equal"),
    [
        ("a \nb", "a\nb\n\n", True),
        ("\n a", " a", True),
        ("a\n\nb", "a\nb", False),
        ("a\tb", "a   b", True),
        (" a", "a", False),
        ("a\r\nb", "a\nb", True),
    ],
)
def test_white_space_at_the_ends_of_lines_does_not_count(written, given, equal):
    assert same(written, given) is equal


def test_a_long_difference_is_cut_short():
    said = difference("\n".join(map(str, range(50))), "")
    assert len(said.splitlines()) == 13
    assert said.endswith("more lines")


def test_a_finding_of_several_lines_stays_one_in_the_live_preview():
    assert findings_in("docs/a.md:1: no:\n  -a\n  +b\ndocs/b.md:2: no\n") == [
        "docs/a.md:1: no:\n  -a\n  +b",
        "docs/b.md:2: no",
    ]
    assert findings_in("\n") == []


# Written ----------------------------------------------------------------------------------------------------------


def test_update_writes_what_came_out_and_then_nothing(handbook: Handbook, update):
    path = handbook.page("index.md", page("old") + "\nThe end.\n\n" + page("", "```python\n'later'\n```\n"))
    assert update() == (0, "docs/index.md:9: updated\ndocs/index.md:23: updated\n", "")
    expected = page("one\ntwo\n3") + "\nThe end.\n\n" + page("'later'", "```python\n'later'\n```\n")
    assert path.read_text() == expected
    assert path.read_text().splitlines()[22] == "```output"
    assert update() == (0, "Nothing to update.\n", "")
    assert handbook.build() == []


def test_update_writes_into_an_example_of_a_page(handbook: Handbook, update):
    before = f"# Home\n\nText.\n\n````markdown {{example}}\n{PROGRAM}\n```output\nold\n```\n````\n"
    path = handbook.page("index.md", before)
    assert update() == (0, "docs/index.md:12: updated\n", "")
    assert path.read_text(encoding="utf-8") == before.replace("old\n", "one\ntwo\n3\n")
    assert handbook.build() == []


def test_text_between_a_program_and_its_output_is_found_in_an_example_too(handbook: Handbook):
    inside = f"{PROGRAM}\nText.\n\n```output\none\ntwo\n3\n```\n"
    handbook.page("index.md", f"# Home\n\nText.\n\n````markdown {{example}}\n{inside}````\n")
    [found] = handbook.build()
    assert found.startswith("docs/index.md:14: an output block stands directly below")


@pytest.mark.parametrize("text", ["# Home\n\n```output\n```\n", "# Home\n\n```python\n1\n```\n\n```output\n"])
def test_update_leaves_what_it_cannot_run(handbook: Handbook, update, text):
    path = handbook.page("index.md", text)
    update()
    assert path.read_text() == text


def test_update_keeps_line_endings_indentation_and_everything_else(handbook: Handbook, update):
    text = (
        "\ufeff# Home\r\n\r\nTrailing  \r\n\r\n- An item:\r\n\r\n"
        "    ```python\r\n    print('a')\r\n    print()\r\n    print('  b')\r\n    ```\r\n\r\n"
        "    ```output\r\n    old\r\n\r\n    older\r\n    ```\r\n\r\n"
        "!!! note\r\n\r\n    ~~~python\r\n    'boxed'\r\n    ~~~\r\n\r\n    ~~~~output\r\n    ~~~~\r\n\r\n"
        "> ```python\r\n> 'quoted'\r\n> ```\r\n>\r\n> ```output\r\n> old\r\n> ```\r\n\r\nNo end of line"
    )
    path = handbook.page("index.md", "")
    path.write_bytes(text.encode())
    code, said, errors = update()
    assert (code, errors) == (0, "")
    assert said.count("updated") == 3
    written = text.replace("    old\r\n\r\n    older", "    a\r\n\r\n      b")
    written = written.replace("~~~~output\r\n", "~~~~output\r\n    'boxed'\r\n").replace("> old", "> 'quoted'")
    assert path.read_bytes() == written.encode()
    assert update()[1] == "Nothing to update.\n"


def test_an_output_that_holds_a_fence_gets_a_longer_one(handbook: Handbook, update):
    program = "```python\nprint('`' * 3)\n```\n"
    path = handbook.page("index.md", page("old", program))
    assert update()[0] == 0
    assert path.read_text().endswith("\n````output\n```\n````\n")
    assert handbook.build() == []


def test_update_writes_through_a_snippet_into_its_own_file(handbook: Handbook, update, monkeypatch):
    monkeypatch.chdir(handbook.folder)
    part = handbook.page("part.md", "```python\n1\n```\n\n```output\n2\n```\n")
    handbook.page("index.md", '# Home\n\n--8<-- "docs/part.md"\n')
    assert update()[0] == 0
    assert part.read_text() == "```python\n1\n```\n\n```output\n1\n```\n"


def test_update_reports_a_broken_program_writes_the_others_and_ends_with_1(handbook: Handbook, update):
    handbook.page("broken.md", page("", "```python\n1 / 0\n```\n"))
    path = handbook.page("index.md", page("old"))
    code, said, errors = update()
    assert code == 1
    assert said == "docs/index.md:9: updated\n"
    assert errors == "docs/broken.md:4: the program raised ZeroDivisionError: division by zero\n"
    assert "one\ntwo\n3" in path.read_text()


def test_a_file_that_was_saved_meanwhile_is_left_alone(handbook: Handbook, update, monkeypatch):
    path = handbook.page("index.md", page("old"))
    render = module.render_pages

    def slowly(config: Path) -> module.Found:
        found = render(config)
        path.write_text(page("old").replace("# Home", "# Saved"))
        return found

    monkeypatch.setattr(module, "render_pages", slowly)
    assert update()[0] == 0
    assert path.read_text() == page("one\ntwo\n3").replace("# Home", "# Saved"), "the block is as it was run"

    path.write_text(page("old"))
    monkeypatch.setattr(module, "replace", lambda path, content, expected: False)
    code, _, errors = update()
    assert (code, errors) == (1, "docs/index.md: changed meanwhile; run this again\n")
    monkeypatch.undo()


def test_a_block_that_was_saved_meanwhile_is_run_again(handbook: Handbook, update, monkeypatch):
    path = handbook.page("index.md", page("old"))
    render, saves = module.render_pages, [page("new"), page("newer")]

    def slowly(config: Path) -> module.Found:
        found = render(config)
        if saves:
            path.write_text(saves.pop(0))
        return found

    monkeypatch.setattr(module, "render_pages", slowly)
    assert update() == (0, "docs/index.md:9: updated\n", "")
    assert path.read_text() == page("one\ntwo\n3")

    path.write_text(page("old"))
    saves[:] = [page(f"new {number}") for number in range(module.ATTEMPTS)]
    code, _, errors = update()
    assert code == 1
    assert errors.startswith("docs/index.md:9: this block was not found as it was run")
    assert path.read_text() == page(f"new {module.ATTEMPTS - 1}")


def test_an_interrupted_write_leaves_the_old_file_and_nothing_beside_it(handbook: Handbook, update, monkeypatch):
    path = handbook.page("index.md", page("old"))

    def interrupted(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        update()
    monkeypatch.undo()
    assert path.read_text() == page("old")
    assert [file.name for file in path.parent.iterdir()] == ["index.md"]


def test_two_runs_at_once_write_the_same_and_leave_nothing_behind(handbook: Handbook):
    path = handbook.page("index.md", page("old"))
    path.chmod(0o640)
    handbook.write_config()
    command = [sys.executable, "-m", "hub", "docs", "--update", "--config-file", str(handbook.config)]
    runs = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ)
        for _ in range(2)
    ]
    said = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert path.read_text() == page("one\ntwo\n3")
    assert [file.name for file in path.parent.iterdir()] == ["index.md"]
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o640
