"""`nexus.py build`: the static handbook in `site/`."""

import sys
from collections.abc import Sequence

from hub.digests import digest
from scripts.nexus import ROOT, Problem, finish, run, say
from scripts.tasks.stamps import is_recorded, record

FOLDERS = ("docs", "overrides", "hub", "demo_api", "scripts")


def build(arguments: Sequence[str] = ()) -> int:
    """Build the handbook strictly, with the API that runs in its pages. Raises `Problem` when a part is wrong."""
    build_page_api()
    return build_pages(arguments)


def build_page_api() -> None:
    """Make the files of the in-page API, where something they are made from has changed."""
    if run([sys.executable, "-m", "hub", "page-api"]):
        raise Problem("The in-page API was not built: the lines above say why.")


def build_pages(arguments: Sequence[str] = ()) -> int:
    """Build the pages alone. Raises `Problem` when one is wrong."""
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
        build_pages()


def site_inputs() -> str:
    """Return a digest of everything a page can be made from."""
    beside = sorted(path for path in ROOT.iterdir() if path.is_file() and path.name not in (".env", ".coverage"))
    return digest([*beside, *(ROOT / name for name in FOLDERS)])


if __name__ == "__main__":
    sys.exit(finish(build))
