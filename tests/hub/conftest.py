"""A small handbook on disk, to be broken on purpose, built by the real configuration."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from hub.blocks import http
from hub.build import build_site
from hub.capture import Capture, Request
from hub.source import ROOT

Write = Callable[[str, str], Path]


class Handbook:
    """A folder with `mkdocs.yml` and `docs/`; `nav` lists its pages, and every page but those is left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "mkdocs.yml"
        self.nav: list[str] = []

    def page(self, name: str, text: str, *, in_nav: bool = True) -> Path:
        """Write a page, and name it in the nav."""
        path = self.folder / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if in_nav and name not in self.nav:
            self.nav.append(name)
        return path

    def build(self, *, run_blocks: bool = True) -> list[str]:
        """Build strictly with the project's own extensions, and return the findings as they are printed."""
        self.write_config()
        found = [str(finding) for finding in build_site(self.config, self.folder / "site", run_blocks=run_blocks)]
        return [line.replace(self.folder.as_posix() + "/", "") for line in found]

    def html(self, name: str) -> str:
        """Return a built page."""
        return (self.folder / "site" / name).read_text(encoding="utf-8")

    def write_config(self) -> None:
        """Write the project's configuration with this nav, without its theme, which is slow and beside the point."""
        config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=KeepTags)  # noqa: S506
        config |= {"nav": self.nav, "theme": {"name": "mkdocs"}, "extra_css": [], "extra_javascript": [], "watch": []}
        config["site_url"] = "http://127.0.0.1/"
        self.config.write_text(yaml.dump(config, Dumper=WriteTags), encoding="utf-8")


class Tagged:
    """A YAML value with a tag such as `!!python/name:...`, kept as text."""

    def __init__(self, node: yaml.Node) -> None:
        self.node = node


class KeepTags(yaml.SafeLoader):
    """Reads tagged values without acting on them."""


class WriteTags(yaml.SafeDumper):
    """Writes tagged values as they were read."""


KeepTags.add_multi_constructor("", lambda loader, suffix, node: Tagged(node))
for tag in ("bool", "float", "int", "map", "null", "seq", "str"):
    KeepTags.add_constructor(f"tag:yaml.org,2002:{tag}", yaml.SafeLoader.yaml_constructors[f"tag:yaml.org,2002:{tag}"])
WriteTags.add_representer(Tagged, lambda dumper, value: value.node)


@pytest.fixture
def handbook(tmp_path: Path) -> Handbook:
    """An empty handbook with a home page."""
    book = Handbook(tmp_path)
    book.page("index.md", "# Home\n\nSome text.\n")
    return book


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """The API answers everything with 200 and one query; the list fills with what it was asked."""
    asked: list[Request] = []

    def answer(request: Request) -> Capture:
        asked.append(request)
        headers = (("Content-Type", "application/json"), ("X-Frame-Options", "SAMEORIGIN"), ("ETag", '"1"'))
        return Capture(
            200,
            "OK",
            headers,
            b'{"name": "\\u00c5ngstr\\u00f6m <b>"}',
            ('SELECT "a"."b" FROM "a" WHERE "a"."c" = \'"x"\'',),
        )

    monkeypatch.setattr(http, "capture", answer)
    return asked
