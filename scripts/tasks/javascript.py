"""The types of the handbook's scripts, for `nexus.py check`: tsc reads the modules, `tsconfig.json` says which."""

import sys
from collections.abc import Sequence
from pathlib import Path

from hub.npm import install, node
from hub.programs import ProgramFailed
from scripts.nexus import ROOT, Problem, finish, run

FOLDER = ROOT / ".cache" / "npm"


def check_types(arguments: Sequence[str] = (), folder: Path = FOLDER) -> int:
    """Run tsc and return its code; `arguments` are tsc's own. Raises `Problem` when it cannot be installed."""
    try:
        install(folder, with_tools=True)
    except ProgramFailed as error:
        raise Problem(f"{error}\nTypeScript was not installed: npm's last lines are above.") from None
    tsc = folder / "node_modules" / "typescript" / "bin" / "tsc"
    return run([node(), str(tsc), "--project", str(ROOT), "--pretty", "false", *arguments])


if __name__ == "__main__":
    sys.exit(finish(check_types))
