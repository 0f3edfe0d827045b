"""`nexus.py lock`: the two lock files, from the direct dependencies in `pyproject.toml`."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.nexus import ROOT, Environment, Problem, finish, run, say

# One file for every system and for Python 3.11 and newer, without a word about the machine that wrote it.
COMPILE = [
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *(
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--custom-compile-command",
        "python scripts/nexus.py lock",
    ),
]


def lock(arguments: Sequence[str]) -> int:
    """Write both files and print which versions changed; `--upgrade` and other options go to uv."""
    compile_lock("requirements.txt", ["--group", "dev", *arguments])
    compile_lock("requirements-api.txt", ["--constraints", "requirements.txt", *arguments])
    return 0


def compile_lock(name: str, options: Sequence[str]) -> None:
    """Write one lock file. Raises `Problem` when uv finds no set of versions or cannot reach the index."""
    path = ROOT / name
    before = versions(path)
    uv = Environment(ROOT).tool("uv")
    if run([uv, *COMPILE, *options, "pyproject.toml", "--output-file", name]):
        raise Problem(f"{name} was not written: uv's lines above say why.")
    after = versions(path)
    for package in sorted({*before, *after}):
        if before.get(package) != after.get(package):
            say(f"  {package}: {before.get(package, 'absent')} -> {after.get(package, 'absent')}")
    say(f"{name}: {len(after)} packages.")


def versions(path: Path) -> dict[str, str]:
    """Return the locked version of each package; {} when there is no file yet."""
    if not path.is_file():
        return {}
    return dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", path.read_text(encoding="utf-8"), re.MULTILINE))


if __name__ == "__main__":
    sys.exit(finish(lock))
