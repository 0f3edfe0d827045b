"""Whether a command can be run as it is written, by the parser of the very program; nothing is run.

`fault(words)` takes a command as `hub.commands` reads it. Tasks, management commands and programs of the project are
loaded, and their `argparse` parsers read the arguments, so an option that is gone is found where a page still shows it.
It runs where Django is set up: in the worker of the build, and in tests.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import io
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from django.core.management import BaseCommand, CommandError, get_commands, load_command_class
from django.test import Client

from hub.settings import known_settings
from hub.source import ROOT

GIT = {
    *("add", "branch", "clone", "commit", "diff", "fetch", "init", "log", "merge", "mv", "pull", "push", "rebase"),
    *("remote", "restore", "revert", "rm", "show", "stash", "status", "switch", "tag"),
}
LOCAL = {"localhost", "127.0.0.1"}


def fault(words: Sequence[str], settings: Sequence[str] = ()) -> str:
    """Return why a command with these variables cannot be run here, "" when it can."""
    unknown = [name for name in settings if name not in known_settings()]
    if unknown:
        return f"{unknown[0]} is no setting of the project; .env.example lists them"
    check = PROGRAMS.get(words[0])
    return check(list(words[1:])) if check else ""


def is_known(program: str) -> bool:
    """Whether commands of this program can be checked."""
    return program in PROGRAMS


# Python -----------------------------------------------------------------------------------------------------------


def python(arguments: list[str]) -> str:
    """What is wrong with the arguments of `python`."""
    first, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if first == "scripts/nexus.py":
        return task(rest)
    if first == "manage.py":
        return management_command(rest)
    if first == "-m":
        return module(rest[0], rest[1:]) if rest else "-m needs the name of a module"
    if first == "-c":
        return program_text(rest[0] if rest else "")
    if first.startswith("-") or not first:
        return ""
    if not (ROOT / first).is_file():
        return f"there is no file {first}"
    return entry(load(ROOT / first), rest)


def task(arguments: list[str]) -> str:
    """What is wrong with a task of nexus.py and its options."""
    nexus = load(ROOT / "scripts" / "nexus.py")
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if name in ("help", "-h", "--help"):
        return ""
    if name not in nexus.TASKS:
        return f"there is no task {name}; the tasks are {', '.join(nexus.TASKS)}"
    if name == "serve":
        return parsed(nexus.serve_options, rest)
    if name == "test":  # what is not its own goes to pytest
        return pytest([argument for argument in rest if argument != "--all"])
    if name == "profile":
        return entry(load(ROOT / "scripts" / "seed_and_profile.py"), rest)
    if name in ("lock", "setup"):
        known = {"--upgrade"} if name == "lock" else set()
        unknown = [argument for argument in rest if argument not in known]
        return f"the task {name} has no option {unknown[0]}" if unknown else ""
    if name == "build":
        return module("hub", ["build", *rest])
    place, *fixed = nexus.TASKS[name][0].split()
    return module(place, [*fixed, *rest])


def management_command(arguments: list[str]) -> str:
    """What is wrong with a management command and its options."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    found = get_commands().get(name)
    if found is None:
        ours = sorted(command for command, app in get_commands().items() if app.startswith("demo_api."))
        is_help = name in ("help", "--help", "--version")
        return "" if is_help else f"there is no management command {name!r}; ours are {', '.join(ours)}"
    command = found if isinstance(found, BaseCommand) else load_command_class(found, name)
    return parsed(lambda given: command.create_parser("manage.py", name).parse_args(given), rest)


def module(name: str, arguments: list[str]) -> str:
    """What is wrong with a module and its arguments; those of modules from elsewhere are their own affair."""
    if name == "pytest":
        return pytest(arguments)
    try:
        spec = importlib.util.find_spec(name)
        if spec and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except ModuleNotFoundError:
        spec = None
    if spec is None:
        return f"there is no module {name} that can be run"
    if name == "manage":
        return management_command(arguments)
    if name == "tests.run":
        return pytest([argument for argument in arguments if argument != "--all"])
    if name.partition(".")[0] not in ("hub", "scripts"):
        return ""
    return entry(importlib.import_module(spec.name), arguments)


def pytest(arguments: list[str]) -> str:
    """What is wrong with the arguments of pytest: a path that is not there, or a test."""
    for argument in arguments:
        path, _, test = argument.partition("::")
        if not path.startswith("tests"):
            continue
        if not (ROOT / path).exists():
            return f"there is no {path}"
        if test and not re.search(rf"def {re.escape(test.partition('[')[0])}\b", (ROOT / path).read_text("utf-8")):
            return f"there is no test {test} in {path}"
    return ""


def program_text(source: str) -> str:
    """What is wrong with the text of a program: its syntax."""
    try:
        compile(source, "-c", "exec")
    except SyntaxError as error:
        return f"Python refuses the program: {error.msg}"
    return ""


def load(path: Path) -> ModuleType:
    """Return a program of the project as it is now, loaded from its file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python program")
    found = importlib.util.module_from_spec(spec)
    with patch.dict("sys.modules", {path.stem: found}):  # dataclasses look their module up
        spec.loader.exec_module(found)
    return found


def entry(program: ModuleType, arguments: list[str]) -> str:
    """What the parser of a program says: of its `main`, or of the function that is called like its file."""
    file = Path(str(program.__file__))
    if "parse_args(" not in file.read_text(encoding="utf-8"):
        return f"{program.__name__} takes no options" if any(word.startswith("-") for word in arguments) else ""
    return parsed(getattr(program, "main", None) or getattr(program, file.stem), arguments)


class Parsed(BaseException):
    """The arguments are right: what would come now is the work itself."""


def parsed(run: Callable[[list[str]], Any], arguments: list[str]) -> str:
    """Call a program up to the moment when its parser has read the arguments; return the parser's complaint, or ""."""
    parse = argparse.ArgumentParser.parse_args

    def parse_and_stop(self: argparse.ArgumentParser, *given: Any, **named: Any) -> None:
        parse(self, *given, **named)
        raise Parsed

    said = io.StringIO()
    try:
        with (
            patch.object(argparse.ArgumentParser, "parse_args", parse_and_stop),
            redirect_stdout(io.StringIO()),
            redirect_stderr(said),
        ):
            run(arguments)
    except Parsed:
        return ""
    except CommandError as error:
        return str(error).removeprefix("Error: ")
    except SystemExit as end:
        if not end.code:
            return ""  # --help
    last = (said.getvalue().strip().splitlines() or ["its parser did not read the arguments"])[-1]
    return last.partition("error: ")[2] or last


# Other programs ---------------------------------------------------------------------------------------------------


def git(arguments: list[str]) -> str:
    """What is wrong with a command of Git: an unknown one, or a clone of another repository."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    if command not in GIT:
        return f"git {command} is not among the commands that the handbook uses: {', '.join(sorted(GIT))}"
    if command == "clone":
        found = re.search(r"^repo_url: (\S+)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
        wanted = f"{found[1]}.git" if found else ""
        return "" if wanted in arguments else f"mkdocs.yml names another repository: {wanted}"
    return ""


def pip(arguments: list[str]) -> str:
    """What is wrong with a command of pip: a file of requirements that is not there."""
    files = [value for option, value in pairwise(arguments) if option in ("-r", "--requirement")]
    missing = [name for name in files if not (ROOT / name).is_file()]
    return f"there is no file {missing[0]}" if missing else ""


def activate(arguments: list[str]) -> str:
    """What is wrong with the environment that is activated: nothing makes one of another name."""
    return "" if arguments[0] in (".venv", "venv") else f"nothing makes an environment in {arguments[0]}"


def curl(arguments: list[str]) -> str:
    """What is wrong with a call of the API: an address that it does not have, or a method it does not take."""
    method = next((b for a, b in pairwise(arguments) if a in ("--request", "-X")), "GET")
    for word in arguments:
        address = urlsplit(word)
        if address.hostname not in LOCAL:
            continue
        answer = Client(raise_request_exception=False, HTTP_HOST="localhost").options(address.path)
        allowed = answer.headers.get("Allow", "")
        if answer.status_code == 404:
            return f"the API has no address {address.path}"
        if allowed and method not in allowed.split(", "):
            return f"{address.path} does not take {method}, but {allowed}"
    return ""


def anything(arguments: list[str]) -> str:
    """Nothing is wrong with a command that has nothing of this project in it."""
    return ""


PROGRAMS: dict[str, Callable[[list[str]], str]] = {
    "activate": activate,
    "cd": anything,
    "curl": curl,
    "git": git,
    "pip": pip,
    "python": python,
}
