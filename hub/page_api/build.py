"""The one build step of the in-page API: from the sources to files named by their content, and their manifest.

Unchanged inputs mean no work. Node comes from a locked Python package, and Pyodide from `package-lock.json`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from hub.digests import digest
from hub.npm import install, node
from hub.page_api.sources import collect, collect_graphql
from hub.programs import ProgramFailed, run
from hub.source import ROOT

HERE = Path(__file__).parent
WORK = ROOT / ".cache" / "page-api"
SOURCES = (".py", ".mjs", ".json", ".html")  # what the files are made from, below demo_api/ and here
# The page's Python is one more environment of the one settings file.
ENVIRONMENT = {
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # a page has an event loop and no threads: nothing can be asked at the same time
    "DJANGO_ENV": "browser",
    "DJANGO_SETTINGS_MODULE": "demo_api.nexus.settings",
    "HOME": "/home/pyodide",
    "LOG_LEVEL": "WARNING",
    "MEDIA_ROOT": "/data/media",
    "PYTHONHASHSEED": "0",  # the same sets in the same order: two builds of one commit keep nearly the same memory
    "SQLITE_PATH": "/data/db.sqlite3",
}
# What each way of booting downloads before the first answer. "stdlib" and "site", whole, follow in the background, and
# "graphql" when it is first needed.
WAYS = {
    "snapshot": ["loader", "runtime", "wasm", "database", "snapshot"],
    "zip": ["loader", "runtime", "wasm", "database", "core-stdlib", "core-site"],
}
# Data that no first answer reads: the examples of the OpenAPI document, and the passwords that registering refuses.
READ_LATER = ("/examples.json", "/common-passwords.txt.gz")


class PageApiError(RuntimeError):
    """The in-page API could not be built; the message holds what the failing step said."""


def build_page_api(target: Path) -> bool:
    """Bring the files in `target` up to date; return whether there was work to do. Raises PageApiError."""
    inputs = digest([ROOT / "requirements.txt", ROOT / "package-lock.json", HERE, ROOT / "demo_api"], suffixes=SOURCES)
    stamp = target / "inputs"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == inputs and (target / "manifest.json").is_file():
        return False
    try:
        make_files()
    except ProgramFailed as error:
        raise PageApiError(f"The in-page API was not built:\n{error}") from None
    publish(target)
    stamp.write_text(inputs, encoding="utf-8")
    return True


def make_files() -> None:
    """Make everything that `publish` takes, below WORK. Raises ProgramFailed."""
    install(WORK / "npm")
    collect(WORK / "site")
    collect_graphql(WORK / "graphql")
    run_node("pack.mjs", str(WORK))
    make_database(WORK / "packed" / "database.sqlite3")
    boot()
    make_cores()
    run_node("bundle.mjs", str(WORK))


# The steps --------------------------------------------------------------------------------------------------------


def make_database(file: Path) -> None:
    """The seeded catalogue as one SQLite file, made by the same commands as everywhere."""
    file.unlink(missing_ok=True)
    variables = ENVIRONMENT | {"SQLITE_PATH": str(file), "MEDIA_ROOT": str(WORK / "media"), "POSTGRES_HOST": ""}
    for command in (["migrate", "-v0"], ["seed", "-v0"]):
        run([sys.executable, str(ROOT / "manage.py"), *command], ROOT, variables | {"HOME": str(Path.home())})
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    connection.execute("VACUUM")
    connection.close()


def boot() -> None:
    """Let the packed API answer once under Node: its memory is kept, and the list of what it imported."""
    run_node("snapshot.mjs", str(WORK), json.dumps(ENVIRONMENT))


def make_cores() -> None:
    """Zips of only what that boot imported, and of the data it may read: enough for the first answers."""
    packed = WORK / "packed"
    imported = set(json.loads((packed / "imported.json").read_text(encoding="utf-8")))

    def is_needed(name: str) -> bool:
        return name in imported if name.endswith(".pyc") else not name.endswith(READ_LATER)

    for name, place in (("stdlib", "/lib/python314.zip/"), ("site", "/site.zip/")):
        with ZipFile(packed / f"{name}.zip") as whole, ZipFile(packed / f"core-{name}.zip", "w") as core:
            for entry in whole.infolist():
                if is_needed(place + entry.filename):
                    core.writestr(entry, whole.read(entry))


def run_node(script: str, *arguments: str) -> None:
    run([node(), str(HERE / script), *arguments], ROOT)


# The files --------------------------------------------------------------------------------------------------------


def publish(target: Path) -> None:
    """Write each file under a name that changes with its content, the manifest last, and delete what is old."""
    target.mkdir(parents=True, exist_ok=True)
    pyodide = WORK / "npm" / "node_modules" / "pyodide"
    packed = WORK / "packed"
    files = {
        "loader": store(target, "pyodide", pyodide / "pyodide.mjs"),
        "runtime": store(target, "runtime", pyodide / "pyodide.asm.mjs"),
        "wasm": store(target, "wasm", pyodide / "pyodide.asm.wasm"),
        "stdlib": store(target, "stdlib", packed / "stdlib.zip"),
        "site": store(target, "site", packed / "site.zip"),
        "core-stdlib": store(target, "core-stdlib", packed / "core-stdlib.zip"),
        "core-site": store(target, "core-site", packed / "core-site.zip"),
        "database": store(target, "database", packed / "database.sqlite3"),
        "graphql": store(target, "graphql", packed / "graphql.zip"),
        "snapshot": store(target, "snapshot", packed / "snapshot"),
        "editor": store(target, "editor", packed / "editor.mjs"),
    }
    manifest = {
        "build": hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16],
        "files": files,
        "ways": WAYS,
        "environment": ENVIRONMENT,
        "lock": json.dumps({**json.loads((pyodide / "pyodide-lock.json").read_text("utf-8")), "packages": {}}),
    }
    (target / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    kept = {entry["url"] for entry in files.values()} | {"manifest.json"}
    for old in target.iterdir():
        if old.name not in kept:
            old.unlink()


def sizes(target: Path) -> str:
    """What a visitor downloads before the first answer, for each way of booting, in words."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    sums = {way: sum(manifest["files"][name]["bytes"] for name in names) for way, names in manifest["ways"].items()}
    return ", ".join(f"{total / 1e6:.1f} MB by {way}" for way, total in sums.items())


def store(target: Path, stem: str, source: Path) -> dict[str, Any]:
    """One file of the site: modules as they are, for the browser imports them; all else packed with gzip.

    Gives its name, and the bytes that a visitor downloads, as gzip sends them.
    """
    data = source.read_bytes()
    packed = gzip.compress(data, compresslevel=9, mtime=0)
    is_module = source.suffix == ".mjs"
    name = f"{stem}.{hashlib.sha256(data).hexdigest()[:12]}{'.mjs' if is_module else '.bin'}"
    (target / name).write_bytes(data if is_module else packed)
    return {"url": name, "bytes": len(packed)}
