"""Blocks of commands: `sh` for what is the same in every shell, `bash` and `powershell` side by side for the rest.

- `sh`: the commands run during the build, in a scratch checkout (`hub/scratch.py`), and what they print is shown.
  Options: `exit`, the status that the last one must end with, 0 by default; `lines`, how much of the output of each is
  shown, 12 by default; `database=none` for a checkout without the seeded database.
- `bash`: not run, because it is about the reader's own machine. `bash` parses it, where there is one, and each command
  is held to the parser of its program (`hub/parsers.py`).
- `powershell`: must do the same as the `bash` block right above it.

The commands of a block with `not-run` are held to the parsers as well.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from html import escape

from pygments.lexers import BashLexer

from hub import scratch
from hub.blocks.block import Block, BlockError, Treatment
from hub.blocks.plain import plain
from hub.capture import command_fault
from hub.commands import Command, CommandError, bash_commands, plain_commands, powershell_commands
from hub.render import code, colour

PROGRAMS = {"activate", "cd", "curl", "git", "pip", "python"}
"""What `hub.parsers` knows."""

LINES = 12
ROOMS = ("api", "integration", "graphql")
"""The tests that depend on no page."""

GIT = {
    "add",
    "branch",
    "commit",
    "diff",
    "init",
    "log",
    "merge",
    "mv",
    "restore",
    "rm",
    "show",
    "status",
    "switch",
    "tag",
}
"""What Git does without another repository."""


# Commands that are the same in every shell ------------------------------------------------------------------------


def render_sh(block: Block) -> str:
    """Run the commands and return them with what they printed."""
    expected, lines = number(block, "exit", 0, 255), number(block, "lines", LINES, 500)
    seeded = block.options.get("database", "") != "none"
    commands = check_sh(block)
    try:
        outcomes = scratch.run([command.words for command in commands], seeded=seeded, succeeds=expected == 0)
    except scratch.ScratchError as error:
        raise BlockError(str(error)) from None
    ran = list(zip(commands, outcomes, strict=False))
    for command, outcome in ran:
        wanted = expected if command is commands[-1] else 0
        if outcome.exit != wanted:
            said = " ".join(outcome.output[-400:].split())
            raise BlockError(
                f"expected exit {wanted}, got {outcome.exit}: {said or 'it printed nothing'}", command.line
            )
    return render_ran(
        block.source, [(command.text, trimmed(outcome.output, lines)) for command, outcome in ran], expected
    )


def check_sh(block: Block) -> list[Command]:
    """Return the commands. Raises BlockError for one that is not as its program wants it, or cannot run here."""
    if block.options.get("database", "none") != "none":
        raise BlockError("write database=none for a checkout without a database; without the option it is seeded")
    commands = checked(block, plain_commands)
    for command in commands:
        if reason := hindrance(command.words):
            raise BlockError(f'the build cannot run this: {reason}; say {{not-run="{reason}"}}', command.line)
    return commands


def hindrance(words: Sequence[str]) -> str:
    """Return why a command cannot run in a scratch checkout, "" when it can."""
    program, *rest = words
    if program == "git":
        return "" if rest and rest[0] in GIT else "it needs another repository"
    if program != "python" or not rest:
        return "it needs more than this project" if program != "python" else "it waits for input"
    if rest[0] == "scripts/nexus.py":
        return "" if rest[1:] in ([], ["help"], ["--help"]) else "it prepares the whole project"
    if rest[0] == "manage.py":
        interactive = {"runserver", "testserver", "dbshell"} & set(rest[1:2]) or rest[1:] == ["shell"]
        return "it runs until you stop it" if interactive else ""
    if rest[:2] == ["-m", "pytest"]:
        files = [word for word in rest if word.startswith("tests")]
        fine = len(files) == 1 and re.fullmatch(rf"tests/(?:{'|'.join(ROOMS)})/test_\w+\.py(?:::\w+)?", files[0])
        return "" if fine else f"it is not one file of the tests in {', '.join(ROOMS)}"
    if rest[0] == "-m":
        ours = rest[1].startswith("hub.") and rest[1] not in ("hub.worker", "hub.screenshots")
        return "" if ours or "--help" in rest else "it needs more than a checkout"
    return ""


def number(block: Block, option: str, default: int, most: int) -> int:
    """Return an option that is a whole number. Raises BlockError."""
    value = str(block.options.get(option, default))
    if not value.isdecimal() or int(value) > most:
        raise BlockError(f"{option}={value} is no whole number from 0 to {most}")
    return int(value)


def trimmed(output: str, lines: int) -> str:
    """Return the output in so many lines: the first ones, how many are left out, and the last."""
    every = output.splitlines()
    if len(every) <= lines or not lines:
        return output if lines else ""
    first = max(lines - 2, 0)
    return "\n".join([*every[:first], f"… {len(every) - first - 1} more lines …", every[-1]])


def render_ran(source: str, ran: Sequence[tuple[str, str]], expected: int) -> str:
    """Return the HTML of commands and, for each, what it printed."""
    printed = [(text, output) for text, output in ran if output]
    parts = [f'<span class="gp">{escape(text)}</span>\n{escape(output)}' for text, output in printed]
    shown = code("\n\n".join(parts) if len(ran) > 1 else escape(ran[0][1])) if printed else ""
    kind = "4" if expected else "2"
    empty = '<p class="nx-console__empty">Nothing is printed.</p>' if not printed else ""
    return (
        '<div class="nx-console nx-shell"><div class="nx-console__request">'
        '<div class="nx-console__bar"><span class="nx-console__title">Command line</span></div>'
        f"{code(colour(source.strip(), BashLexer(stripnl=False)))}</div>"
        '<div class="nx-console__answer" data-search-exclude><div class="nx-console__bar">'
        f'<span class="nx-status nx-status--{kind}"><b>{expected}</b> exit status</span>'
        '<span class="nx-console__note">recorded in a scratch checkout</span></div>'
        f'<div class="nx-shell__output">{shown}{empty}</div></div></div>'
    )


# Commands for one system ------------------------------------------------------------------------------------------


def check_bash(block: Block) -> None:
    """Raise BlockError when bash cannot parse a block, or a program would refuse a command."""
    parse_with_bash(block.source)
    checked(block, bash_commands)


def parse_with_bash(source: str) -> None:
    """Let bash read the lines without running them, where there is a bash. Raises BlockError."""
    bash = shutil.which("bash")
    if bash is None or os.name == "nt":  # on Windows it may be the one of a virtual machine
        return
    done = subprocess.run([bash, "-n"], input=source, capture_output=True, text=True, encoding="utf-8", timeout=30)
    if done.returncode:
        found = re.search(r"line (\d+): (.+)", done.stderr)
        raise BlockError(f"bash refuses this: {found[2] if found else done.stderr}", int(found[1]) if found else 0)


def check_powershell(block: Block) -> None:
    """Raise BlockError when a block does something else than the `bash` block above it."""
    above = block.record.blocks[-1] if block.record.blocks else None
    if above is None or above.language != "bash":
        raise BlockError("put this below a `bash` block with the same commands, which it is compared with")
    wanted, ours = commands_of(above, bash_commands), commands_of(block, powershell_commands)
    for theirs, command in zip(wanted, ours, strict=False):
        if not command.same_as(theirs):
            raise BlockError(
                f"the `bash` block above has {written(theirs)} here, and not {written(command)}", command.line
            )
    if len(wanted) != len(ours):
        raise BlockError(f"the `bash` block above has {len(wanted)} commands, and this one {len(ours)}")


def written(command: Command) -> str:
    """Return a command with its variables, for a message."""
    return "`" + " ".join([*(f"{name}={value}" for name, value in command.settings), command.text]) + "`"


# Both -------------------------------------------------------------------------------------------------------------

Read = Callable[[str], list[Command]]


def commands_of(block: Block, read: Read) -> list[Command]:
    """Return the commands of a block. Raises BlockError when it has none, or a line is no command."""
    try:
        commands = read(block.source)
    except CommandError as error:
        raise BlockError(str(error), error.line) from None
    if not commands:
        raise BlockError("there is no command in this block")
    return commands


def checked(block: Block, read: Read, *, strangers: bool = False) -> list[Command]:
    """Return the commands, held to the parsers of their programs. Raises BlockError with the line.

    `strangers` lets programs pass that no parser is known for.
    """
    commands = commands_of(block, read)
    for command in commands:
        program = command.words[0]
        if program not in PROGRAMS and not strangers:
            known = ", ".join(sorted(PROGRAMS - {"activate"}))
            raise BlockError(f"{program} is not among what the build can check: {known}", command.line)
        if program in PROGRAMS and (fault := command_fault(command.words, [name for name, _ in command.settings])):
            raise BlockError(f"`{command.text}`: {fault}", command.line)
    return commands


def check_not_run(block: Block) -> None:
    """Raise BlockError when a program of the project would refuse a command that is not run."""
    reads = {"sh": plain_commands, "bash": bash_commands, "powershell": powershell_commands}
    checked(block, reads[block.language], strangers=True)


def shown(check: Callable[[Block], None]) -> Callable[[Block], str]:
    """Return what checks a block and shows it as it is."""

    def render(block: Block) -> str:
        check(block)
        return plain(block.source, block.language)

    return render


def check_only(block: Block) -> None:
    """Do what can be done with an `sh` block without running it."""
    check_sh(block)


TREATMENTS = {
    "sh": Treatment(
        "run in a scratch checkout",
        render_sh,
        {"exit": "2", "lines": "10", "database": "none"},
        check=check_only,
        check_not_run=check_not_run,
    ),
    "bash": Treatment(
        "parsed, each command held to its program's own parser",
        shown(check_bash),
        check=check_bash,
        check_not_run=check_not_run,
    ),
    "powershell": Treatment(
        "compared with the bash block beside it",
        shown(check_powershell),
        check=check_powershell,
        check_not_run=check_not_run,
    ),
}
