"""Lines such as `[[openapi: docs/reference/openapi.yaml]]`, replaced by Markdown that a function generates.

The Markdown is put in before anything else reads the page, so its headings stand in the table of contents and its
text in the search index like text that was written by hand.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from hub.source import docs_folder, find_text, page_path

# After line endings are normalised (30) and before fences are read (25).
PRIORITY = 28

# A child of MkDocs' logger: a strict build counts its warnings.
log = logging.getLogger("mkdocs.hub.directives")

Generate = Callable[[str, Path], str]
"""Takes the text after the colon and the project's folder; returns Markdown. Raises OSError or ValueError."""


class DirectivePreprocessor(Preprocessor):
    """Replaces each line that holds one directive and nothing else."""

    def __init__(self, md: Markdown, name: str, generate: Generate) -> None:
        super().__init__(md)
        self.pattern = re.compile(rf"^\[\[{re.escape(name)}(?::\s*(?P<argument>[^\]]*?))?\s*\]\]\s*$")
        self.generate = generate

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with every directive replaced."""
        result: list[str] = []
        for line in lines:
            found = self.pattern.match(line)
            result += self._replacement(line, found["argument"] or "") if found else [line]
        return result

    def _replacement(self, line: str, argument: str) -> list[str]:
        page = page_path(self.md)
        try:
            return self.generate(argument, docs_folder(page).parent).splitlines()
        except (OSError, ValueError) as error:
            place = find_text(page, line.strip()) if page else line
            log.warning("%s: %s", place, error)
            return [f'!!! failure "{place}"', "", f"    {error}"]


class DirectiveExtension(Extension):
    """A Markdown extension with one directive."""

    def __init__(self, name: str, generate: Generate) -> None:
        super().__init__()
        self.name = name
        self.generate = generate

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the directive."""
        md.preprocessors.register(DirectivePreprocessor(md, self.name, self.generate), f"nexus-{self.name}", PRIORITY)
