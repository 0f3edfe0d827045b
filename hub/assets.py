"""Third-party browser assets, and the product pictures where the API says they are, copied into `docs/` before a build.

They come from packages that requirements.txt and package-lock.json lock, so the repository holds no copy and the site
asks no other host.
"""

from __future__ import annotations

import filecmp
import json
import re
import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from graphql import build_schema, introspection_from_schema

from hub.npm import FOLDER, install
from hub.source import ROOT

# GraphiQL, and React, which it runs on: file of a package -> its name in the site.
GRAPHIQL_FILES = {
    "graphiql/LICENSE": "LICENSE",
    "graphiql/graphiql.min.js": "graphiql.js",
    "react/umd/react.production.min.js": "react.js",
    "react-dom/umd/react-dom.production.min.js": "react-dom.js",
}
FONT = re.compile(r"@font-face\s*\{[^}]*\}")  # packed into the stylesheet; the site's own fonts serve
SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=\S+\s*$")
SWAGGER_FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "LICENSE")
# What pages read where the in-page API (hub/page_api) was not made: no way to boot, and no 404 in the console.
WITHOUT_PAGE_API = {"build": "", "files": {}, "ways": {}}
SCHEMA = ROOT / "docs" / "reference" / "schema.graphql"
PICTURES = ROOT / "demo_api" / "catalog" / "seed" / "pictures"


def copy_assets(docs: Path) -> list[Path]:
    """Bring `docs` up to date; return the files written, none when nothing changed.

    Raises FileNotFoundError when a locked package no longer carries a file, and ProgramFailed when npm fetches none.
    """
    swagger = package_folder("drf_spectacular_sidecar") / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
    written = copy_changed([swagger / name for name in SWAGGER_FILES], docs / "assets" / "vendor" / "swagger-ui")
    written += copy_changed(sorted(PICTURES.glob("*.webp")), docs / "media" / "products" / "seed")
    written += copy_graphiql(docs)
    return written + write_manifest(docs / "assets" / "vendor" / "page-api" / "manifest.json")


def copy_graphiql(docs: Path) -> list[Path]:
    """Bring GraphiQL up to date, and the schema that it knows before anything runs; return the files written."""
    install(FOLDER)
    packages, target = FOLDER / "node_modules", docs / "assets" / "vendor" / "graphiql"
    made = {
        name: SOURCE_MAP.sub("\n", (packages / source).read_text(encoding="utf-8"))
        for source, name in GRAPHIQL_FILES.items()
    }
    made["graphiql.css"] = FONT.sub("", (packages / "graphiql" / "graphiql.min.css").read_text(encoding="utf-8"))
    schema = build_schema(SCHEMA.read_text(encoding="utf-8"))
    made["schema.json"] = json.dumps(introspection_from_schema(schema), separators=(",", ":")) + "\n"
    target.mkdir(parents=True, exist_ok=True)
    return [target / name for name, text in made.items() if write_changed(target / name, text)]


def write_changed(file: Path, text: str) -> bool:
    """Write a file whose content differs; return whether it did."""
    data = text.encode()
    if file.is_file() and file.read_bytes() == data:
        return False
    file.write_bytes(data)
    return True


def write_manifest(file: Path) -> list[Path]:
    """Say that the in-page API is not there, unless it has a manifest of its own; return what was written."""
    if file.is_file():
        return []
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(WITHOUT_PAGE_API) + "\n", encoding="utf-8")
    return [file]


def copy_changed(sources: Iterable[Path], target: Path) -> list[Path]:
    """Copy the files whose content differs; a file that stays keeps its time, so live reload is not woken."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for source in sources:
        copy = target / source.name
        if not copy.is_file() or not filecmp.cmp(source, copy, shallow=False):
            shutil.copyfile(source, copy)
            written.append(copy)
    return written


def package_folder(name: str) -> Path:
    """Return the folder of an installed package; raises FileNotFoundError when it is missing."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"{name} is not installed; run `python scripts/nexus.py build`, which installs it")
    return Path(next(iter(spec.submodule_search_locations)))
