"""GraphQL documents as text: what is one, and where its variables begin. `docs/assets/js/request.js` agrees."""

from __future__ import annotations

import json
import re

BEGINNING = re.compile(r"\s*(#|\{|(query|mutation|subscription|fragment)\b)")


def is_document(text: str) -> bool:
    """Whether a request is a GraphQL document, and not a method and a path."""
    return BEGINNING.match(text) is not None


def split_document(text: str) -> tuple[str, str]:
    """Return the document and its variables, which are the last part after an empty line if that is a JSON object."""
    head, blank, tail = text.strip().rpartition("\n\n")
    if blank and is_object(tail):
        return head.strip(), tail.strip()
    return text.strip(), ""


def is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
