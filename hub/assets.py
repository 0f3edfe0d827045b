"""Third-party browser assets, and the product pictures where the API says they are, copied into `docs/` before a build.

They come from packages that requirements.txt locks, so the repository holds no copy and the site asks no other host.
"""

from __future__ import annotations

import filecmp
import json
import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from hub.source import ROOT

SWAGGER_FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "LICENSE")
# What pages read where the in-page API (hub/page_api) was not made: no way to boot, and no 404 in the console.
WITHOUT_PAGE_API = {"build": "", "files": {}, "ways": {}}
PICTURES = ROOT / "demo_api" / "catalog" / "seed" / "pictures"


def copy_assets(docs: Path) -> list[Path]:
    """Bring `docs` up to date; return the files written, none when nothing changed.

    Raises FileNotFoundError when a locked package no longer carries a file.
    """
    swagger = package_folder("drf_spectacular_sidecar") / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
    written = copy_changed([swagger / name for name in SWAGGER_FILES], docs / "assets" / "vendor" / "swagger-ui")
    written += copy_changed(sorted(PICTURES.glob("*.webp")), docs / "media" / "products" / "seed")
    return written + write_manifest(docs / "assets" / "vendor" / "page-api" / "manifest.json")


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
