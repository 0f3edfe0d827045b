"""Third-party files are copied when they have changed, and left alone otherwise."""

import json

from hub.assets import WITHOUT_PAGE_API, copy_assets, copy_changed


def test_only_what_changed_is_written_again(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "a.js").write_text("a")
    (source / "b.css").write_text("b")
    files = [source / "a.js", source / "b.css"]
    assert copy_changed(files, target) == [target / "a.js", target / "b.css"]
    assert copy_changed(files, target) == []
    (source / "b.css").write_text("c")
    assert copy_changed(files, target) == [target / "b.css"]
    assert (target / "b.css").read_text() == "c"


def test_swagger_ui_and_the_product_pictures_come_along(tmp_path):
    written = {path.relative_to(tmp_path).as_posix() for path in copy_assets(tmp_path)}
    assert {"assets/vendor/swagger-ui/swagger-ui-bundle.js", "assets/vendor/swagger-ui/LICENSE"} <= written
    assert "media/products/seed/lagoon-speaker.webp" in written
    assert copy_assets(tmp_path) == []


def test_a_site_without_the_api_in_the_page_says_so_in_its_manifest(tmp_path):
    manifest = tmp_path / "assets" / "vendor" / "page-api" / "manifest.json"
    assert manifest in copy_assets(tmp_path)
    assert json.loads(manifest.read_text(encoding="utf-8")) == WITHOUT_PAGE_API


def test_the_manifest_of_the_api_in_the_page_is_left_alone(tmp_path):
    manifest = tmp_path / "assets" / "vendor" / "page-api" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"ways": {"zip": []}}', encoding="utf-8")
    assert manifest not in copy_assets(tmp_path)
    assert manifest.read_text(encoding="utf-8") == '{"ways": {"zip": []}}'
