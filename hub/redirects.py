"""Every address that was ever published, and the redirects from those whose page has moved.

Each line of `docs/addresses.txt` has an address and the stable id of its page, as in `/contributing/writing/ writing`.
A line is never removed. Where the page has moved, another line has the new address with the same id, and a small HTML
page is left at the old address. It needs no JavaScript, and search engines leave it out.

This is a step after the build that knows neither MkDocs nor Zensical. `hub.build` takes it; who builds with Zensical
alone calls `write_redirects` on the folder it made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from hub.source import Place

LIST = "addresses.txt"
LINE = re.compile(r"(?P<address>/(?:[a-z0-9][\w.-]*/)*)[ \t]+(?P<id>[a-z0-9]+(?:-[a-z0-9]+)*)")


@dataclass(frozen=True)
class Entry:
    """A line of the list: an address below the site's, beginning and ending with a slash, and the id of its page."""

    line: int
    address: str
    id: str


# The list ---------------------------------------------------------------------------------------------------------


def entries(docs: Path) -> list[Entry]:
    """Return the lines of the list that can be read; none when there is no list."""
    found = ((number, LINE.fullmatch(text)) for number, text in lines(docs))
    return [Entry(number, match["address"], match["id"]) for number, match in found if match]


def lines(docs: Path) -> list[tuple[int, str]]:
    """Return the lines of the list with their numbers, without comments and empty ones."""
    file = docs / LIST
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    numbered = ((number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in numbered if line]


def pages(docs: Path) -> dict[str, Path]:
    """Return the address of every page, with its file."""
    return {address_of(path.relative_to(docs)): path for path in sorted(docs.rglob("*.md"))}


def address_of(page: Path) -> str:
    """Return the address of a page, given as its path below `docs/`."""
    folder = page.parent if page.stem == "index" else page.with_suffix("")
    return "/" if folder == Path() else f"/{folder.as_posix()}/"


def moves(docs: Path) -> dict[str, str]:
    """Return old address -> new address for every page that has moved."""
    here = pages(docs)
    now = {entry.id: entry.address for entry in entries(docs) if entry.address in here}
    old = [entry for entry in entries(docs) if entry.address not in here and entry.id in now]
    return {entry.address: now[entry.id] for entry in old}


# What is wrong with it ----------------------------------------------------------------------------------------------


def faults(docs: Path) -> list[tuple[Place, str]]:
    """Return the lines that cannot be read, stand twice, or lead to no page or to two."""
    here, known = pages(docs), entries(docs)
    readable = {entry.line for entry in known}
    found = [
        (number, "write an address and the id of its page, such as `/contributing/writing/ writing`")
        for number, _ in lines(docs)
        if number not in readable
    ]
    current = {entry.id: entry for entry in reversed(known) if entry.address in here}
    earlier: set[str] = set()
    for entry in known:
        first = current.get(entry.id)
        if entry.address in earlier:
            found.append((entry.line, f"{entry.address} stands twice; leave one out"))
        elif first is None:
            found.append((entry.line, gone(entry)))
        elif entry.address in here and first is not entry:
            found.append((entry.line, f"{first.address} has the id {entry.id} already; give this page one of its own"))
        earlier.add(entry.address)
    return [(Place(docs / LIST, line), message) for line, message in sorted(found)]


def gone(entry: Entry) -> str:
    """Return what to do about an address that leads nowhere."""
    return (
        f"there is no page at {entry.address} any more. Leave this line, and add one with its new address: "
        f"`/the/new/address/ {entry.id}`. If the page was removed, write here the id of the page to read instead"
    )


def unlisted(docs: Path) -> list[tuple[Place, str]]:
    """Return the pages that the list does not have, each with the line to add."""
    known = {entry.address for entry in entries(docs)}
    return [
        (Place(path), f"this page is new: add the line `{address} {suggested(address)}` to docs/{LIST}")
        for address, path in pages(docs).items()
        if address not in known
    ]


def suggested(address: str) -> str:
    """Return an id for a new page: the address in words."""
    return re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-") or "home"


# Redirects ----------------------------------------------------------------------------------------------------------


def write_redirects(docs: Path, site: Path, site_url: str = "") -> list[Path]:
    """Write a page at each old address of a built site; return the files.

    `site_url` is the address of the site, for the canonical link; without it that link is relative.
    """
    written = []
    for old, new in moves(docs).items():
        file = site / old.strip("/") / "index.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(redirect(old, new, site_url), encoding="utf-8")
        written.append(file)
    return written


def redirect(old: str, new: str, site_url: str) -> str:
    """Return the HTML that leads from one address to another. It links relatively, so it works below any address."""
    target = escape("../" * old.strip("/").count("/") + "../" + new.lstrip("/"))
    canonical = escape(f"{site_url.rstrip('/')}{new}") if site_url else target
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>This page has moved</title>\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n<meta name="robots" content="noindex">\n'
        f'<link rel="canonical" href="{canonical}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n</head>\n'
        f'<body><p>This page has moved to <a href="{target}">its new address</a>.</p></body>\n</html>\n'
    )
