"""The `[[problem-types]]` directive: one section for each kind of error the API can answer with."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from demo_api.nexus.problem_types import PROBLEM_TYPES
from hub.directives import DirectiveExtension


def problem_types_markdown(argument: str, project: Path) -> str:
    """Return the sections, in the order of their statuses."""
    kinds = sorted(PROBLEM_TYPES.values(), key=lambda kind: kind.status)
    return "\n\n".join(
        f"## {kind.title} {{#{kind.slug}}}\n\n"
        f'<p class="nx-facts"><span class="nx-status nx-status--{kind.status // 100}"><b>{kind.status}</b></span> '
        f"<code>{escape(kind.uri)}</code></p>\n\n"
        f"{kind.description}"
        for kind in kinds
    )


def makeExtension(**_: Any) -> DirectiveExtension:
    """Return the extension; Python-Markdown calls this by name."""
    return DirectiveExtension("problem-types", problem_types_markdown)
