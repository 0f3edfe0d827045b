"""The curated seed catalogue and its pictures. Needs neither Django nor a browser."""

import json
import re
import shutil
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from hub import pictures

SEED = Path(__file__).resolve().parents[2] / "demo_api" / "catalog" / "seed"
CATALOGUE: dict[str, list[dict[str, Any]]] = json.loads((SEED / "catalogue.json").read_text(encoding="utf-8"))
CATEGORIES = CATALOGUE["categories"]
PRODUCTS = CATALOGUE["products"]
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SHAPES = {"svg", "g", "rect", "circle", "ellipse", "path"}

each_product = pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["slug"])


# The catalogue


def test_the_catalogue_has_twelve_categories_and_sixty_products() -> None:
    assert (len(CATEGORIES), len(PRODUCTS)) == (12, 60)


def test_the_file_is_written_the_way_it_is_meant_to_be_read() -> None:
    text = (SEED / "catalogue.json").read_text(encoding="utf-8")
    assert text == json.dumps(CATALOGUE, ensure_ascii=False, indent=2) + "\n"


def test_parents_are_listed_before_their_children() -> None:
    seen: set[str] = set()
    for category in CATEGORIES:
        assert category["parent"] is None or category["parent"] in seen, category["slug"]
        seen.add(category["slug"])


def test_the_tree_has_a_branch_of_three_levels() -> None:
    depth: dict[str | None, int] = {None: 0}
    for category in CATEGORIES:
        depth[category["slug"]] = depth[category["parent"]] + 1
    assert max(depth.values()) == 3


def test_products_are_in_leaf_categories_four_to_nine_in_each() -> None:
    parents = {category["parent"] for category in CATEGORIES}
    leaves = {category["slug"] for category in CATEGORIES} - parents
    counts = Counter(product["category"] for product in PRODUCTS)
    assert set(counts) == leaves
    assert all(4 <= count <= 9 for count in counts.values()), counts


def test_no_slug_name_or_time_of_creation_is_used_twice() -> None:
    for records, keys in (
        (CATEGORIES, ("slug", "name")),
        (PRODUCTS, ("slug", "name", "created_at", "picture")),
    ):
        for key in keys:
            repeated = [value for value, n in Counter(record[key] for record in records).items() if n > 1]
            assert not repeated, key


@pytest.mark.parametrize("record", CATEGORIES + PRODUCTS, ids=lambda record: record["slug"])
def test_slugs_names_and_descriptions_fit_their_limits(record: dict[str, Any]) -> None:
    assert SLUG.fullmatch(record["slug"])
    assert 0 < len(record["name"]) <= 120
    assert 0 < len(record["description"]) <= 1000


@each_product
def test_a_product_has_a_sensible_price_stock_and_date(product: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+\.\d{2}", product["price"])
    assert Decimal(3) <= Decimal(product["price"]) <= Decimal(1900)
    assert product["currency"] == "EUR"
    assert type(product["stock"]) is int
    assert product["stock"] >= 0
    assert type(product["is_active"]) is bool
    assert re.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:\d\dZ", product["created_at"])
    assert datetime.fromisoformat(product["created_at"]).month <= 10


def test_there_is_something_for_every_filter() -> None:
    stock = [product["stock"] for product in PRODUCTS]
    assert sum(number == 0 for number in stock) == 4
    assert sum(1 <= number <= 3 for number in stock) >= 3
    assert sum(not product["is_active"] for product in PRODUCTS) == 2
    assert any(not product["name"].isascii() for product in PRODUCTS)
    for word in ("oak", "linen", "steel", "cordless", "leather"):
        found = [p for p in PRODUCTS if re.search(rf"\b{word}\b", f"{p['name']} {p['description']}", re.IGNORECASE)]
        assert len(found) >= 4, word


# The pictures


@each_product
def test_a_product_has_a_drawing_a_picture_and_alternative_text(product: dict[str, Any]) -> None:
    assert product["picture"] == f"{product['slug']}.webp"
    assert (SEED / "pictures" / product["picture"]).is_file()
    assert (SEED / "pictures" / f"{product['slug']}.svg").is_file()
    assert 10 <= len(product["picture_alt"]) <= 120
    assert product["picture_alt"].endswith(".")


def test_no_file_is_left_over() -> None:
    names = {pictures.RECORD}
    for product in PRODUCTS:
        names |= {f"{product['slug']}.svg", f"{product['slug']}.webp"}
    assert {path.name for path in (SEED / "pictures").iterdir()} == names


@each_product
def test_a_drawing_stands_alone(product: dict[str, Any]) -> None:
    path = SEED / "pictures" / f"{product['slug']}.svg"
    root = ElementTree.parse(path).getroot()  # noqa: S314 (the project's own file)
    assert root.get("viewBox") == f"0 0 {pictures.SIZE} {pictures.SIZE}"
    for element in root.iter():
        assert element.tag.removeprefix("{http://www.w3.org/2000/svg}") in SHAPES
        for name, value in element.attrib.items():
            assert not name.startswith("on"), name
            assert "href" not in name, value
            assert "url(" not in value, name


@each_product
def test_a_picture_decodes_to_the_agreed_size_and_mode(product: dict[str, Any]) -> None:
    path = SEED / "pictures" / product["picture"]
    with Image.open(path) as image:
        image.load()
        assert (image.format, image.size, image.mode) == ("WEBP", (pictures.SIZE, pictures.SIZE), "RGB")
        assert len(image.getcolors(maxcolors=pictures.SIZE**2) or []) > 50, "the picture is nearly blank"
    assert path.stat().st_size < 14_000


def test_all_pictures_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in (SEED / "pictures").glob("*.webp")) < 800_000


# The render record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the pictures that a test may spoil."""
    return Path(shutil.copytree(SEED / "pictures", tmp_path / "pictures"))


def test_the_committed_pictures_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert pictures.main(["--check"]) == 0, capsys.readouterr().out


def test_a_changed_drawing_fails_the_check_by_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawing = folder / "holm-oak-desk.svg"
    drawing.write_text(drawing.read_text(encoding="utf-8").replace("<circle", "<circle ", 1), encoding="utf-8")
    assert pictures.main(["--check", "--folder", str(folder)]) == 1
    output = capsys.readouterr().out
    assert "holm-oak-desk.svg" in output
    assert output.count(".svg") == 1


def test_a_new_drawing_fails_the_check_until_it_is_rendered(folder: Path) -> None:
    shutil.copy(folder / "plain-eraser.svg", folder / "new.svg")
    assert pictures.changed(folder) == ["new.svg"]


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"edited")], ids=["missing", "edited"])
def test_a_missing_or_edited_picture_fails_the_check(folder: Path, spoil: Any) -> None:
    spoil(folder / "plain-eraser.webp")
    assert pictures.changed(folder) == ["plain-eraser.svg"]


def test_a_picture_without_a_drawing_fails_the_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "plain-eraser.svg").unlink()
    assert pictures.main(["--check", "--folder", str(folder)]) == 1
    assert "plain-eraser.webp: there is no drawing" in capsys.readouterr().out


def test_windows_line_endings_are_no_change(folder: Path) -> None:
    drawing = folder / "plain-eraser.svg"
    drawing.write_bytes(drawing.read_bytes().replace(b"\n", b"\r\n"))
    assert pictures.changed(folder) == []


def test_rendering_with_nothing_changed_needs_no_browser(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(folder / "no-browser"))
    before = (folder / pictures.RECORD).read_bytes()
    assert pictures.main(["--folder", str(folder)]) == 0
    assert (folder / pictures.RECORD).read_bytes() == before


def test_without_a_browser_one_sentence_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "plain-eraser.webp").unlink()
    monkeypatch.setenv("BROWSER_PATH", str(folder / "no-browser"))
    assert pictures.main(["--folder", str(folder)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "set BROWSER_PATH" in error
