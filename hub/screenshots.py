"""Photograph the handbook and the API as a visitor sees them: `python -m hub.screenshots`.

Serves the site that `build` made, with the API on a scratch database, and takes each view in light and dark, on a
desk and on a phone. The pictures go to `var/screenshots/`; those that pages and the README show also replace the
copies in `docs/assets/screenshots/`.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from hub.api_server import scratch_server
from hub.browser import BrowserMissing, launched
from hub.source import ROOT

FOLDER = ROOT / "var" / "screenshots"
PUBLISHED = ROOT / "docs" / "assets" / "screenshots"
SHOWN = {"home-light.png"}  # what the README and pages show
VIEWS = {
    "home": "/",
    "try-it": "/demo-api/try-it/",
    "reference": "/demo-api/reference/#list_products",
    "frontend": "/getting-started/frontend/",
    "product": "/api/v1/products/lagoon-speaker/",
    "picture": "/media/products/seed/lagoon-speaker.webp",
    "admin": "/admin/login/",
    "swagger": "/api/docs/",
    "redoc": "/api/redoc/",
}
SIZES = {"": (1280, 800), "-phone": (375, 812)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; return 0, or 1 with a sentence when there is no site or no browser."""
    parser = argparse.ArgumentParser(prog="python -m hub.screenshots", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=VIEWS, help="these views, not all of them")
    options = parser.parse_args(arguments)
    if not (ROOT / "site" / "index.html").is_file():
        print("There is no site to photograph: run `python scripts/nexus.py build` first.", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    PUBLISHED.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as scratch, scratch_server(Path(scratch)) as address:
            for name in photograph(address, options.only or list(VIEWS)):
                if name in SHOWN:
                    shutil.copy(FOLDER / name, PUBLISHED / name)
    except BrowserMissing as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The pictures are in {FOLDER.relative_to(ROOT).as_posix()}/.")
    return 0


def photograph(address: str, views: Sequence[str]) -> Iterator[str]:
    """Take each view in each scheme and size; yield the names of the files."""
    with launched() as browser:
        for scheme in ("light", "dark"):
            for suffix, (width, height) in SIZES.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="light" if scheme == "light" else "dark",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                for view in views:
                    page.goto(address.rstrip("/") + VIEWS[view], wait_until="networkidle")
                    name = f"{view}-{scheme}{suffix}.png"
                    page.screenshot(path=FOLDER / name)
                    yield name
                context.close()


if __name__ == "__main__":
    sys.exit(main())
