"""`nexus.py build`: the static handbook in `site/`."""

import sys
from collections.abc import Sequence

from scripts.nexus import ROOT, Problem, finish, run, say
from scripts.tasks.stamps import digest, is_recorded, record

FOLDERS = ("docs", "overrides", "hub", "demo_api", "scripts")


def build(arguments: Sequence[str] = ()) -> int:
    """Build the handbook strictly. Raises `Problem` when a page is wrong."""
    record("site", "")  # Until the new one stands, none does.
    inputs = site_inputs()
    if run([sys.executable, "-m", "hub", "build", *arguments]):
        raise Problem("The handbook was not built: the lines above say where it is wrong.")
    record("site", inputs)
    return 0


def build_if_changed() -> None:
    """Build the handbook unless the one in `site/` was made from the same files."""
    if not (ROOT / "site" / "index.html").is_file() or not is_recorded("site", site_inputs()):
        say("Building the handbook ...")
        build()


def site_inputs() -> str:
    """Return a digest of everything a page can be made from."""
    beside = sorted(path for path in ROOT.iterdir() if path.is_file() and path.name not in (".env", ".coverage"))
    return digest([*beside, *(ROOT / name for name in FOLDERS)])


if __name__ == "__main__":
    sys.exit(finish(build))
