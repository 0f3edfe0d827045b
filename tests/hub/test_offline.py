"""The lists of what a browser keeps: complete, the same for the same files, and modest."""

import json
import re
import shutil
from pathlib import Path

import pytest

from hub.offline import LEFT_OUT, OfflineError, make_lists, write_lists
from hub.source import ROOT

DIGEST = re.compile(r"[0-9a-f]{64}")
FILES = {
    "404.html": "none",
    "index.html": "home",
    "a page/index.html": "a page",
    "assets/app.css": "css",
    "assets/app.css.map": "{}",
    "assets/big.webp": "x" * 70_000,
    "assets/javascripts/lunr/min/lunr.fr.js": "fr",
    "assets/small.webp": "x",
    "assets/vendor/page-api/inputs": "digest",
    "assets/vendor/page-api/manifest.json": "{}",
    "assets/vendor/page-api/snapshot.0123456789ab.bin": "memory",
    "assets/vendor/swagger-ui/swagger-ui-bundle.js": "ui",
    "objects.inv": "inventory",
    "search/search_index.json": "{}",
    "sitemap.xml": "map",
    "sitemap.xml.gz": "map",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small built site, with the worker and the page's side as they are in `docs/`."""
    folder = tmp_path / "site"
    for path, content in FILES.items():
        write(folder / path, content)
    for path in ("sw.js", "assets/js/offline.js"):
        write(folder / path, (ROOT / "docs" / path).read_text(encoding="utf-8"))
    return folder


def write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")


def lists_in(worker: Path) -> dict[str, object]:
    """Return the lists that a worker carries."""
    found = re.search(r"^const BUILD = (\{.*\});", worker.read_text(encoding="utf-8"), re.M)
    assert found
    lists: dict[str, object] = json.loads(found[1])
    return lists


def test_every_file_is_fetched_at_once_or_kept_when_used_or_left_out_on_purpose(site):
    lists = make_lists(site)
    there = {path.relative_to(site).as_posix().replace(" ", "%20") for path in site.rglob("*") if path.is_file()}
    assert lists.install.keys() | lists.keep.keys() | LEFT_OUT | {"assets/app.css.map"} == there
    assert lists.install.keys() & lists.keep.keys() == set()
    assert all(DIGEST.fullmatch(digest) for digest in (lists.install | lists.keep).values())


def test_what_a_page_loads_on_demand_is_not_fetched_at_once(site):
    assert sorted(make_lists(site).keep) == [
        "assets/big.webp",
        "assets/javascripts/lunr/min/lunr.fr.js",
        "assets/vendor/page-api/snapshot.0123456789ab.bin",
        "assets/vendor/swagger-ui/swagger-ui-bundle.js",
    ]


def test_the_worker_carries_the_lists_of_the_site_as_it_then_is(site):
    lists = write_lists(site)
    assert lists
    assert lists == make_lists(site), "writing them changes no listed file any more"
    assert lists_in(site / "sw.js") == {"id": lists.id, "install": lists.install, "keep": lists.keep}
    assert f"MEGABYTES = {lists.bytes / 1e6:.1f};" in (site / "assets/js/offline.js").read_text(encoding="utf-8")


def test_the_same_files_give_the_same_bytes_however_often(site, tmp_path):
    write_lists(site)
    first = (site / "sw.js").read_bytes()
    write_lists(site)
    assert (site / "sw.js").read_bytes() == first
    copy = shutil.copytree(site, tmp_path / "copy", copy_function=shutil.copy)
    write_lists(copy)
    assert (copy / "sw.js").read_bytes() == first


@pytest.mark.parametrize("path", ["index.html", "assets/vendor/swagger-ui/swagger-ui-bundle.js"])
def test_another_content_is_another_build(site, path):
    before = make_lists(site)
    write(site / path, FILES[path] + " ")
    assert make_lists(site).id != before.id


def test_a_file_that_is_gone_is_another_build(site):
    before = make_lists(site)
    (site / "assets/small.webp").unlink()
    assert make_lists(site).id != before.id


def test_the_source_carries_no_lists_and_offers_nothing():
    assert 'const BUILD = { id: "", install: {}, keep: {} };' in (ROOT / "docs/sw.js").read_text(encoding="utf-8")
    assert "export const MEGABYTES = 0;" in (ROOT / "docs/assets/js/offline.js").read_text(encoding="utf-8")


def test_a_site_without_a_worker_is_left_alone(site):
    (site / "sw.js").unlink()
    before = (site / "assets/js/offline.js").read_bytes()
    assert write_lists(site) is None
    assert (site / "assets/js/offline.js").read_bytes() == before


def test_a_worker_without_a_place_for_the_lists_is_an_error(site):
    write(site / "sw.js", "// nothing to replace")
    with pytest.raises(OfflineError, match=r"sw\.js: 0 lines"):
        write_lists(site)
