"""The lists by which a browser keeps the built site for offline reading, written into its service worker.

The last step of a build: whatever changes a file of the site afterwards must run it again. The worker is `docs/sw.js`,
the page's side `docs/assets/js/offline.js`; decision 14 says how they keep two builds apart.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

WORKER = "sw.js"
PAGE_SIDE = "assets/js/offline.js"
SMALL = 64 * 1024  # bytes: a picture up to here comes with the pages
PICTURES = {".avif", ".gif", ".jpg", ".jpeg", ".png", ".svg", ".webp"}
LOADED_ON_DEMAND = ("assets/vendor/", "assets/javascripts/lunr/")
NEEDED_TO_ASK = {"assets/vendor/page-api/manifest.json"}  # says what the API in the page would load
# What no page asks for, and what cannot hold its own digest.
LEFT_OUT = {WORKER, "objects.inv", "sitemap.xml.gz", "assets/vendor/page-api/inputs"}


class OfflineError(RuntimeError):
    """The site's worker has no place for the lists."""


@dataclass(frozen=True)
class Lists:
    """The files of a built site, as path -> SHA-256, and the size of what is fetched at once."""

    install: dict[str, str]
    keep: dict[str, str]
    bytes: int

    @property
    def id(self) -> str:
        """A digest of the lists: another build, another id."""
        lists = json.dumps([self.install, self.keep], sort_keys=True)
        return hashlib.sha256(lists.encode()).hexdigest()[:16]

    def as_json(self) -> str:
        """The worker's `Build`, in one line."""
        return json.dumps({"id": self.id, "install": self.install, "keep": self.keep}, separators=(",", ":"))


def write_lists(site: Path) -> Lists | None:
    """List the built site's files and write the lists into its worker; None for a site that has no worker.

    The same files give the same bytes, also when the step has run on them before. Raises OfflineError when the worker
    or the page's side has lost the line that is to be replaced.
    """
    if not (site / WORKER).is_file():
        return None
    size = sum(file.stat().st_size for path, file in listed_files(site) if fetched_at_once(path, file))
    replace_line(site / PAGE_SIDE, r"^export const MEGABYTES = .*?;", f"export const MEGABYTES = {size / 1e6:.1f};")
    lists = make_lists(site)
    replace_line(site / WORKER, r"^const BUILD = .*?;(?= //|$)", f"const BUILD = {lists.as_json()};")
    return lists


def make_lists(site: Path) -> Lists:
    """Return the lists of the site as it is."""
    install, keep, size = {}, {}, 0
    for path, file in listed_files(site):
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if fetched_at_once(path, file):
            install[quote(path)] = digest
            size += len(content)
        else:
            keep[quote(path)] = digest
    return Lists(install, keep, size)


def listed_files(site: Path) -> list[tuple[str, Path]]:
    """Return the path from the site's root, and the file, of everything that a page may ask for, in a fixed order."""
    files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    return [(path, files[path]) for path in sorted(files) if path not in LEFT_OUT and not path.endswith(".map")]


def fetched_at_once(path: str, file: Path) -> bool:
    """Whether a file is fetched when the worker is installed; the others are kept once a page has used them."""
    if path in NEEDED_TO_ASK:
        return True
    if path.startswith(LOADED_ON_DEMAND):
        return False
    return PurePosixPath(path).suffix not in PICTURES or file.stat().st_size <= SMALL


def replace_line(file: Path, pattern: str, line: str) -> None:
    """Replace the one statement that matches. Raises OfflineError when there is not exactly one."""
    text, count = re.subn(pattern, lambda _: line, file.read_text(encoding="utf-8"), flags=re.M)
    if count != 1:
        raise OfflineError(f"{file.name}: {count} lines match {pattern}, not one")
    file.write_text(text, encoding="utf-8", newline="\n")
