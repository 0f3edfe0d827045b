"""Third-party files are copied when they have changed, and left alone otherwise."""

from hub.assets import copy_assets, copy_changed


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
