"""Compiles Python to the bytecode of the page's own Python, where this file itself runs (`pack.mjs`).

Django's and the standard library's docstrings are left out: they are a third of the bytes, and nobody in the page reads
them. `demo_api` keeps its own.
"""

import ast
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined]
from pathlib import Path

# Modules of the standard library that need what a page does not have, or are tools for a terminal.
LIBRARY_LEFT_OUT = (
    "_pyrepl/",
    "concurrent/interpreters/",
    "cProfile.py",
    "curses/",
    "dbm/",
    "doctest.py",
    "ensurepip/",
    "ftplib.py",
    "idlelib/",
    "imaplib.py",
    "mailbox.py",
    "pdb.py",
    "poplib.py",
    "profile.py",
    "pydoc.py",
    "pydoc_data/",
    "smtplib.py",
    "tarfile.py",
    "tkinter/",
    "turtle",
    "venv/",
    "webbrowser.py",
    "xmlrpc/",
)

# Functions that packages import at their top from tools which only the tests, the admin or the OpenAPI document need:
# file -> module -> names. In the page they are imported when they are called, so that no reader waits for the tools.
DEFERRED = {
    "drf_spectacular/plumbing.py": {"rest_framework.test": ["APIRequestFactory"]},
    "rest_framework/schemas/generators.py": {"django.contrib.admindocs.views": ["simplify_regex"]},
}
ON_CALL = """
def {name}(*arguments, **options):
    from {module} import {name} as deferred
    return deferred(*arguments, **options)
"""

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def pack_folder(folder: str, target: str) -> None:
    """Everything below `folder` as a zip that Python imports from; text that is not Python stays as it is."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                add(archive, name, path.read_bytes(), keep_docstrings=name.startswith("demo_api/"))


def pack_library(source: str, target: str) -> None:
    """The standard library's zip again, compiled."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(archive.namelist()):
            if name.endswith(".py") and not name.startswith(LIBRARY_LEFT_OUT):
                add(packed, name, archive.read(name), keep_docstrings=False)


def add(archive: zipfile.ZipFile, name: str, data: bytes, *, keep_docstrings: bool) -> None:
    """One file, with a fixed date so that the same input gives the same bytes."""
    if name.endswith(".py"):
        tree = ast.parse(data)
        for module, names in DEFERRED.get(name, {}).items():
            defer(tree, module, names)
        if not keep_docstrings:
            drop_docstrings(tree)
        code = compile(tree, f"/{name}", "exec", dont_inherit=True)
        # The source's hash is not checked when it is imported: there is no source beside it.
        data, name = _code_to_hash_pyc(code, b"\0" * 8, False), name + "c"
    archive.writestr(zipfile.ZipInfo(name), data)


def defer(tree: ast.Module, module: str, names: list[str]) -> None:
    """Put functions that import on call in place of `from module import names`. Raises ValueError when it is not there.

    The names must only ever be called: what stands in for a class is no class.
    """
    for index, node in enumerate(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == module and [a.name for a in node.names] == names:
            tree.body[index : index + 1] = [
                stand_in for name in names for stand_in in ast.parse(ON_CALL.format(name=name, module=module)).body
            ]
            return
    raise ValueError(f"`from {module} import {', '.join(names)}` is gone: mend DEFERRED")


def drop_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            # Still there, but empty: `from __future__` must come after nothing but a docstring.
            node.body[0].value.value = ""  # type: ignore[attr-defined]


pack_folder("/in/site", "/out/site.zip")
pack_folder("/in/graphql", "/out/graphql.zip")
pack_library("/lib/python314.zip", "/out/stdlib.zip")
