"""How a page is checked: a footer on each page that has blocks, and the `[[checked]]` directive with the totals.

The footer is written from what was done while the page was rendered. The totals are read from the Markdown of all
pages, so that they do not depend on which pages were rendered before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor

from hub.blocks import NOT_RUN, TREATMENTS
from hub.blocks.block import PageRecord, record_of
from hub.commit import commit
from hub.directives import DirectivePreprocessor
from hub.source import Fence, every_fence, page_path

PAGE = "contributing/checked"
"""The page with the totals, below `docs/`."""


# The footer of a page -----------------------------------------------------------------------------------------------


class Footer(Treeprocessor):
    """Appends to a page what was checked on it.

    It is no postprocessor, because the table of contents runs those on each heading.
    """

    def run(self, root: Element) -> None:
        """Put the footer at the end of the page."""
        html = footer(record_of(self.md)) if page_path(self.md) else ""
        if html:
            SubElement(root, "p").text = self.md.htmlStash.store(html)


def footer(record: PageRecord) -> str:
    """Return the footer of a page, with its reasons for what is not run."""
    done = summary(record)
    if not done and not record.not_run:
        return ""
    said = f"{', '.join(done)}. " if done else ""
    reasons = "".join(
        f"<li><code>{escape(block.language or 'text')}</code> {escape(reason)}</li>" for block, reason in record.not_run
    )
    skipped = f"<details><summary>{plural(len(record.not_run), 'block')} not run</summary><ul>{reasons}</ul></details>"
    return (
        '<aside class="nx-checked" aria-label="How this page is checked" data-search-exclude>'
        f"<p><b>Checked.</b> {said}Built from {source()}. "
        f'<a href="{to_totals(record)}">How this handbook is checked</a></p>'
        f"{skipped if record.not_run else ''}</aside>"
    )


def summary(record: PageRecord) -> list[str]:
    """Return what was done on a page, in words, such as `3 blocks asked of the API`."""
    skipped = {id(block) for block, _ in record.not_run}
    ran = Counter(block.language for block in record.blocks if id(block) not in skipped)
    counted: Counter[str] = Counter()
    for language, number in ran.items():
        counted[TREATMENTS[language].does if language in TREATMENTS else "with something to mend"] += number
    parts = [f"{plural(number, 'block')} {does}" for does, number in counted.items()]
    parts += [f"{plural(len(record.figures), 'figure')} from measurements"] if record.figures else []
    return parts


def source() -> str:
    """Return what the page was built from, in words."""
    return f"commit <code>{commit()}</code>" if commit() else "files outside a repository"


def to_totals(record: PageRecord) -> str:
    """Return the link from a page to the one with the totals; every page but an index is a folder of its own."""
    parts = record.name.split("/")
    depth = len(parts) - (parts[-1] == "index")
    return "../" * depth + f"{PAGE}/"


def plural(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# The totals of the handbook -------------------------------------------------------------------------------------------


def checked_markdown(argument: str, project: Path) -> str:
    """Return the table of what is done with the blocks, and the list of those that are not run, with their reasons."""
    docs = project / "docs"
    ran: Counter[str] = Counter()
    skipped: list[str] = []
    for page, fence in blocks_of(docs):
        if reason := fence.options.get(NOT_RUN):
            skipped.append(
                f"- [{page}:{fence.line}]({link(page)}): `{fence.language or 'text'}`, {reason.rstrip('.')}."
            )
        else:
            ran[fence.language] += 1
    rows = [f"| `{name}` | {TREATMENTS[name].does} | {ran[name]} |" for name in TREATMENTS if ran[name]]
    table = ["| Blocks in | are | How many |", "|---|---|---:|", *rows]
    nothing = ["Every block of the handbook is run or checked."]
    return "\n".join([*table, "", f"## Not run: {len(skipped)}", "", *(skipped or nothing)])


def blocks_of(docs: Path) -> Iterator[tuple[str, Fence]]:
    """Yield every block of the handbook with the page's path below `docs`."""
    for path in sorted(docs.rglob("*.md")):
        for fence in every_fence(path.read_text(encoding="utf-8")):
            yield path.relative_to(docs).as_posix(), fence


def link(page: str) -> str:
    """Return the link to a page from the one with the totals."""
    return "../" * PAGE.count("/") + page


class CheckedExtension(Extension):
    """The footer of each page, and the directive."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register both. The footer comes last, when the text of every paragraph is read."""
        md.treeprocessors.register(Footer(md), "nexus-checked-footer", -10)
        md.preprocessors.register(DirectivePreprocessor(md, "checked", checked_markdown), "nexus-checked", 28)


def makeExtension(**_: Any) -> CheckedExtension:
    """Return the extension; Python-Markdown calls this by name."""
    return CheckedExtension()
