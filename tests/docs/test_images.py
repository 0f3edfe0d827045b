"""A picture that shows the product is made by a script; every other one is a drawing of the seed, rendered."""

import filecmp
import re
from collections.abc import Iterator
from pathlib import Path

from hub.assets import PICTURES
from hub.screenshots import PUBLISHED, SHOWN, SIZES, VIEWS
from tests.docs.pages import DOCS, ROOT, Page, parse, prose, texts

RASTER = {".apng", ".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".tiff", ".webp"}
MADE_BY_COMMANDS = DOCS / "assets" / "vendor"
SCREENSHOTS = {f"{view}-{scheme}{size}.png" for view in VIEWS for scheme in ("light", "dark") for size in SIZES}
"""The names under which `hub.screenshots` writes what it photographs."""


def strangers(docs: Path) -> Iterator[str]:
    """Yield the pictures below a folder of pages that no script made, each with what to do."""
    published, media = docs / PUBLISHED.relative_to(DOCS), docs / "media" / "products" / "seed"
    for path in sorted(docs.rglob("*")):
        name = path.relative_to(docs).as_posix()
        if path.suffix.lower() not in RASTER or path.is_relative_to(docs / MADE_BY_COMMANDS.relative_to(DOCS)):
            continue
        if path.parent == published:
            if path.name not in SHOWN:
                yield f"{name}: hub/screenshots.py does not publish it; add its view there, or remove the file"
        elif path.parent == media:
            drawing = PICTURES / path.name
            if not drawing.is_file() or not filecmp.cmp(path, drawing, shallow=False):
                yield f"{name}: it is no drawing of the seed"
        else:
            yield f"{name}: no script makes it; photograph it with hub/screenshots.py, or draw it as SVG"


def test_every_picture_below_docs_is_made_by_a_script() -> None:
    assert list(strangers(DOCS)) == []


def test_a_picture_that_no_script_makes_is_found(tmp_path: Path) -> None:
    for name in ("assets/screenshots/pasted.png", "getting-started/me.JPG", "media/products/seed/pasted.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"a picture")
    (tmp_path / "assets" / "logo.svg").write_bytes(b"a drawing")
    (tmp_path / "assets" / "screenshots" / min(SHOWN)).write_bytes(b"a picture")
    assert [text.partition(":")[0] for text in strangers(tmp_path)] == [
        "assets/screenshots/pasted.png",
        "getting-started/me.JPG",
        "media/products/seed/pasted.webp",
    ]


def test_what_is_published_is_what_the_script_photographs() -> None:
    assert SHOWN <= SCREENSHOTS
    assert {path.name for path in PUBLISHED.iterdir()} == SHOWN


# --- What texts show --------------------------------------------------------------------------------------------


def shown(page: Page) -> list[str]:
    """Return what a text shows as pictures."""
    text = prose(page.body)
    return re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text) + re.findall(r"<img\b[^>]*?\bsrc=\"([^\"]+)\"", text)


def foreign(page: Page) -> list[str]:
    """Return the pictures of a text that are neither published screenshots, nor drawings."""
    found = []
    for target in shown(page):
        path = (page.path.parent / target).resolve()
        is_drawing = path.suffix == ".svg" and path.is_file()
        is_seeded = path.parent == DOCS / "media" / "products" / "seed" and (PICTURES / path.name).is_file()
        if not (is_drawing or is_seeded or (path.parent == PUBLISHED and path.name in SHOWN)):
            found.append(target)
    return found


def test_a_text_shows_only_such_pictures() -> None:
    assert {page.name: foreign(page) for page in texts() if foreign(page)} == {}


def test_every_screenshot_is_shown_somewhere() -> None:
    targets = {Path(target).name for page in texts() for target in shown(page)}
    assert targets >= SHOWN


def test_a_picture_of_another_host_or_folder_is_found() -> None:
    good = f"![d](docs/assets/screenshots/{min(SHOWN)})"
    body = f'![a](https://example.org/a.png) ![b](b.png) <img src="c.gif" alt="c"> {good}'
    assert foreign(parse(ROOT / "PLANTED.md", body)) == ["https://example.org/a.png", "b.png", "c.gif"]
