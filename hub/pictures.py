"""Render the drawings of the seed catalogue to WebP.

The SVG files in ``demo_api/catalog/seed/pictures`` are the source; the WebP files beside them are what the
catalogue serves. ``python -m hub.pictures`` renders the drawings that changed, in an installed Chromium, Chrome
or Edge. ``python -m hub.pictures --check`` needs no browser: it says which WebP files are out of date, and
exits with 1 when there are any.
"""

import argparse
import hashlib
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from hub.browser import BrowserMissing, launched

FOLDER = Path(__file__).resolve().parent.parent / "demo_api" / "catalog" / "seed" / "pictures"
RECORD = ".rendered.json"
SIZE = 640  # pixels, both ways; also the width and height of every drawing's viewBox
QUALITY = 80

Renderer = Callable[[str], bytes]
"""Takes the text of an SVG, gives the bytes of a PNG of SIZE by SIZE pixels."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0 when every picture is (or now is) up to date, else 1."""
    parser = argparse.ArgumentParser(prog="python -m hub.pictures", description="Render SVG drawings to WebP.")
    parser.add_argument("--check", action="store_true", help="only report what is out of date; needs no browser")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder with the drawings (default: the seed's)")
    options = parser.parse_args(arguments)
    if options.check:
        return report(options.folder)
    try:
        names = render_changed(options.folder)
    except BrowserMissing as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Rendered {len(names)} of {len(list(options.folder.glob('*.svg')))} drawings.")
    return 0


def report(folder: Path) -> int:
    """Print what is out of date in `folder`; 1 when there is something, else 0."""
    problems = [f"{name}: the drawing changed, or its WebP is missing or was edited." for name in changed(folder)]
    problems += [f"{name}: there is no drawing for this picture." for name in orphans(folder)]
    for problem in problems:
        print(problem)
    if problems:
        print("Run: python -m hub.pictures")
    return 1 if problems else 0


def changed(folder: Path) -> list[str]:
    """Names (``kettle.svg``), sorted, of the drawings in `folder` whose WebP is missing or out of date."""
    record = read_record(folder)
    return [svg.name for svg in sorted(folder.glob("*.svg")) if record.get(svg.name) != fingerprints(svg)]


def orphans(folder: Path) -> list[str]:
    """Names, sorted, of the WebP files and record entries in `folder` that have no drawing."""
    pictures = {picture.name for picture in folder.glob("*.webp") if not picture.with_suffix(".svg").exists()}
    entries = {name for name in read_record(folder) if not (folder / name).exists()}
    return sorted(pictures | entries)


def render_changed(folder: Path) -> list[str]:
    """Render what `changed` names, drop orphans, write the record; give the names rendered.

    Raises BrowserMissing when there is something to render and no browser to do it.
    """
    names = changed(folder)
    for name in orphans(folder):
        (folder / name).unlink(missing_ok=True)
    if names:
        with browser_renderer() as render:
            for name in names:
                svg = folder / name
                svg.with_suffix(".webp").write_bytes(to_webp(render(svg.read_text(encoding="utf-8"))))
    write_record(folder)
    return names


def to_webp(png: bytes) -> bytes:
    """The picture as lossy WebP without transparency or metadata."""
    output = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(output, "WEBP", quality=QUALITY, method=6)
    return output.getvalue()


@contextmanager
def browser_renderer() -> Iterator[Renderer]:
    """A Renderer that stands on one headless browser, closed at the end. Raises BrowserMissing."""
    with launched() as browser:
        page = browser.new_page(viewport={"width": SIZE, "height": SIZE}, java_script_enabled=False, offline=True)

        def render(svg: str) -> bytes:
            page.set_content(f'<body style="margin:0;line-height:0">{svg}</body>')
            return page.screenshot(type="png")

        yield render


# The render record: for each drawing, what it was when its WebP was made.


def fingerprints(svg: Path) -> dict[str, str]:
    """SHA-256 of a drawing and of the WebP beside it (empty when there is none)."""
    picture = svg.with_suffix(".webp")
    # Git may check text out with CRLF on Windows; that is no change to the drawing.
    source = svg.read_bytes().replace(b"\r\n", b"\n")
    return {
        "svg": hashlib.sha256(source).hexdigest(),
        "webp": hashlib.sha256(picture.read_bytes()).hexdigest() if picture.exists() else "",
    }


def read_record(folder: Path) -> dict[str, dict[str, str]]:
    """The record of `folder`, empty when nothing was rendered yet."""
    path = folder / RECORD
    if not path.exists():
        return {}
    record: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return record


def write_record(folder: Path) -> None:
    """Record the drawings and pictures of `folder` as they are now."""
    record = {svg.name: fingerprints(svg) for svg in sorted(folder.glob("*.svg"))}
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
