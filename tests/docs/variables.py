"""Which environment variables the code reads, found in its syntax trees."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.docs.pages import ROOT

ROOMS = ("demo_api", "hub", "scripts", "tests")


@dataclass(frozen=True)
class Reading:
    """One place where a variable is read; `kind` is env.py's function (such as "flag"), or "environ"."""

    name: str
    kind: str


def sources() -> list[Path]:
    """Return the Python files that may read the environment: everything but the tests themselves."""
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [
        ROOT / "manage.py",
        ROOT / "gunicorn.conf.py",
        *(path for path in files if not path.name.startswith("test_")),
    ]


@cache
def read_by_code() -> set[Reading]:
    """Return every reading of a variable in the project, mkdocs.yml included."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources()]
    named = {name for text in [(ROOT / "mkdocs.yml").read_text(encoding="utf-8")] for name in named_in_yaml(text)}
    return readings(trees) | {Reading(name, "environ") for name in named}


def named_in_yaml(text: str) -> list[str]:
    """Return the variables of MkDocs' `!ENV NAME` and `!ENV [NAME, default]`."""
    return re.findall(r"!ENV \[?([A-Z_]+)", text)


def readings(trees: Iterable[ast.Module]) -> set[Reading]:
    """Return every reading in these files. A name may be a constant that another of the files defines."""
    trees = list(trees)
    constants = dict(constant for tree in trees for constant in text_constants(tree))
    return {reading for tree in trees for node in ast.walk(tree) for reading in reading_at(node, constants)}


def text_constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the module's constants such as `NOTES = "NEXUS_TEST_NOTES"`."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from ((target.id, node.value.value) for target in node.targets if isinstance(target, ast.Name))


def reading_at(node: ast.AST, constants: dict[str, str]) -> Iterator[Reading]:
    """Yield what this node reads: `env.flag(NAME)`, `os.environ.get(NAME)`, `os.getenv(NAME)`, `os.environ[NAME]`."""
    place = kind = None
    if isinstance(node, ast.Call) and node.args:
        place, kind = node.args[0], kind_of_call(ast.unparse(node.func))
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and ast.unparse(node.value) == "os.environ":
        place, kind = node.slice, "environ"
    name = None
    if isinstance(place, ast.Constant):
        name = place.value
    elif isinstance(place, ast.Name):
        name = constants.get(place.id)
    if kind and isinstance(name, str):
        yield Reading(name, kind)


def kind_of_call(function: str) -> str | None:
    """Return how this function reads a variable, or None when it reads none."""
    if function in ("os.environ.get", "os.getenv"):
        return "environ"
    module, _, name = function.rpartition(".")
    return name if module == "env" else None
