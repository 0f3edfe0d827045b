"""Values of earlier answers in a request: `{{header.ETag}}`, `{{body.results.0.slug}}`.

A request that continues others may take values from their answers. `header.` names a header, `body.` a member of a
JSON body, its parts joined by points. They are looked up in the answer just above; `{{1.header.ETag}}` names the first
of the chain, `{{2.header.ETag}}` the second. Written into the request line, a value is encoded as a part of an address,
and a whole address becomes its path; in a JSON body it is written as JSON, without quotes around text.
`docs/assets/js/filled.js` does the same in the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hub.blocks.block import BlockError
from hub.blocks.document import is_document
from hub.capture import Capture
from hub.snippets import START_ADDRESS

PLACEHOLDER = re.compile(r"\{\{\s*([^{}\n]*?)\s*\}\}")
NAME = re.compile(r"(?:([1-9]\d*)\.)?(header|body)\.(.+)")
UNESCAPED = "!'()*-._~"  # as encodeURIComponent in the page leaves it
HOW_TO_WRITE = "write one such as {{header.ETag}}, {{body.slug}} or {{1.body.results.0.slug}}"


@dataclass(frozen=True)
class Filled:
    """A piece of a request that an earlier answer gave: its place in the text, and where the value came from.

    `answer` counts the requests of the chain from 1; `where` is `header` or `body`, `name` what stands behind it.
    """

    start: int
    end: int
    answer: int
    where: str
    name: str


def fill(source: str, answers: Sequence[Capture]) -> tuple[str, list[Filled]]:
    """Return the request with the values of the answers in it, and where they stand.

    Raises BlockError, with the line, for a name that is not one or that the answer does not have.
    """
    text, filled, end = "", [], 0
    body_from = source.find("\n\n") if "\n\n" in source else len(source)
    is_json = is_document(source) or re.search(r"^content-type:\s*\S*json", source[:body_from], re.I | re.M) is not None
    for found in PLACEHOLDER.finditer(source):
        try:
            answer, where, name = parse_name(found[1], len(answers))
            value = look_up(answers[answer - 1], where, name)
            write = writer(source, found.start(), found.end(), body_from, is_json=is_json)
            written = write(value)
        except BlockError as error:
            line = source.count("\n", 0, found.start()) + 1
            raise BlockError(f"{found[0]}: {error}", line) from None
        text += source[end : found.start()]
        filled.append(Filled(len(text), len(text) + len(written), answer, where, name))
        text += written
        end = found.end()
    return text + source[end:], filled


def check_none(source: str) -> None:
    """Raise BlockError when a request that continues no other has a placeholder."""
    if found := PLACEHOLDER.search(source):
        line = source.count("\n", 0, found.start()) + 1
        raise BlockError(f"{found[0]} stands for a value of an earlier answer; add the option continues", line)


def parse_name(expression: str, answers: int) -> tuple[int, str, str]:
    """Return which answer (from 1), `header` or `body`, and the name in it. Raises BlockError."""
    found = NAME.fullmatch(expression)
    if not found:
        raise BlockError(f"this names no value; {HOW_TO_WRITE}")
    answer = int(found[1] or answers)
    if answer > answers:
        raise BlockError(f"there is no answer {answer}; this request continues {answers}, counted from 1")
    return answer, found[2], found[3]


# Reading --------------------------------------------------------------------------------------------------------------


def look_up(answer: Capture, where: str, name: str) -> Any:
    """Return a value of an answer. Raises BlockError that lists what there is."""
    if where == "header":
        if any(key.lower() == name.lower() for key, _ in answer.headers):
            return answer.header(name)
        raise BlockError(f"that answer has no header {name}; it has {listed(key for key, _ in answer.headers)}")
    try:
        value = json.loads(answer.content)
    except ValueError:
        raise BlockError(f"the body of that answer is no JSON, but {answer.media_type or 'empty'}") from None
    done: list[str] = ["body"]
    for part in name.split("."):
        value = member(value, part, ".".join(done))
        done.append(part)
    return value


def member(value: Any, part: str, path: str) -> Any:
    """Return a member of an object or a list. Raises BlockError that lists its members."""
    if isinstance(value, dict):
        if part in value:
            return value[part]
        raise BlockError(f"{path} has no {part}; it has {listed(value)}")
    if isinstance(value, list):
        if re.fullmatch(r"0|[1-9]\d*", part) and int(part) < len(value):
            return value[int(part)]
        raise BlockError(f"{path} has no {part}; it is a list of {len(value)}, counted from 0")
    raise BlockError(f"{path} has no {part}; it is a single value")


def listed(names: Any) -> str:
    """Return names in a line."""
    return ", ".join(names) or "nothing"


# Writing --------------------------------------------------------------------------------------------------------------


def writer(source: str, start: int, end: int, body_from: int, *, is_json: bool) -> Callable[[Any], str]:
    """Return how a value is written where this placeholder stands."""
    if start > body_from and is_json:
        return as_json
    if "\n" not in source[:start].lstrip("\n"):
        is_all = source[start - 1] == " " and source[end : end + 1] in ("", "\n")
        return as_target if is_all else as_part
    return as_text


def as_json(value: Any) -> str:
    """Return a value as JSON; text without its quotes, which the author writes, so that it can be a part of a text."""
    written = json.dumps(value, ensure_ascii=False)
    return written[1:-1] if isinstance(value, str) else written


def as_text(value: Any) -> str:
    """Return a value for a header. Raises BlockError for what is no single line."""
    if isinstance(value, dict | list):
        raise BlockError(f"this is no single value; name a member of it: {listed(members(value))}")
    written = value if isinstance(value, str) else json.dumps(value)
    if "\n" in written or "\r" in written:
        raise BlockError("this value has more than one line, which only a body can hold")
    return written


def as_part(value: Any) -> str:
    """Return a value as a part of a path or a query."""
    return quote(as_text(value), safe=UNESCAPED)


def as_target(value: Any) -> str:
    """Return a value as all that follows the method: an address of this service without the host."""
    return as_text(value).removeprefix(START_ADDRESS)


def members(value: dict[str, Any] | list[Any]) -> list[str]:
    """Return what may follow the next point."""
    return list(value) if isinstance(value, dict) else [str(number) for number in range(len(value))]
