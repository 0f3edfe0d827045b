"""Reading bodies strictly: bounded size, bounded depth, real JSON (RFC 8259), and no text a database would refuse."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import IO, Any, NoReturn

from django.http import HttpRequest
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser
from rest_framework.request import Request

from demo_api.nexus.problems import Problem

DEEPEST = 32  # levels of arrays and objects
# A string or a bracket: enough to count depth without parsing, so that no depth can exhaust the parser's stack.
# A string that never ends is a token too: looked for again from each of its quotes, it would cost quadratic time.
TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{\]}]', re.DOTALL)


class StrictJSONParser(BaseParser):
    """`application/json` in UTF-8, at most `limit` bytes and DEEPEST levels.

    Raises ParseError (malformed-request) for anything JSON does not allow, for duplicate members, NaN and Infinity;
    Problem payload-too-large over the limit; Problem invalid-input for NUL characters and lone surrogates.
    Numbers with a fraction become Decimal, so that a price keeps its digits.
    """

    media_type = "application/json"

    def __init__(self, limit: int = 64 * 1024) -> None:
        self.limit = limit

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        data = read_bounded(stream, self.limit, parser_context)
        if depth(data) > DEEPEST:
            raise ParseError(f"The body is nested deeper than {DEEPEST} levels.")
        try:
            value = json.loads(
                data.decode("utf-8"), parse_constant=refuse_constant, parse_float=number, object_pairs_hook=members
            )
        except UnicodeDecodeError as error:
            raise ParseError(f"The body is not UTF-8: byte {error.start} cannot be decoded.") from None
        except json.JSONDecodeError as error:
            raise ParseError(
                f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
            ) from None
        except ValueError as error:  # a whole number of thousands of digits
            raise ParseError("The body holds a number that is too long.") from error
        check_text(value)
        return value


class LimitedMultiPartParser(MultiPartParser):
    """`multipart/form-data` of at most `limit` bytes. Raises Problem payload-too-large before reading a larger one."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> "DataAndFiles[Any, Any]":
        refuse_larger(content_length(parser_context["request"]), self.limit)
        return super().parse(stream, media_type, parser_context)


class StreamParser(BaseParser):
    """A body that the view reads itself, piece by piece. Raises Problem payload-too-large for a larger one, unread."""

    def __init__(self, media_type: str, limit: int) -> None:
        self.media_type, self.limit = media_type, limit

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        refuse_larger(content_length(parser_context["request"]), self.limit)
        return stream


# Size -------------------------------------------------------------------------------------------------------------


def content_length(request: HttpRequest | Request) -> int:
    """What the request says its body's size is, in bytes; 0 when it says nothing."""
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def read_bounded(stream: IO[bytes], limit: int, parser_context: Any) -> bytes:
    """The whole body. Raises Problem payload-too-large, without having read more than a byte over `limit`."""
    if parser_context:
        refuse_larger(content_length(parser_context["request"]), limit)
    data = stream.read(limit + 1)
    refuse_larger(len(data), limit)
    return data


def refuse_larger(size: int, limit: int) -> None:
    if size > limit:
        raise Problem("payload-too-large", f"The body may have at most {limit} bytes here.", limit=limit)


# Content ----------------------------------------------------------------------------------------------------------


def depth(data: bytes) -> int:
    """How deep arrays and objects are nested, read from the brackets outside strings."""
    level = deepest = 0
    for token in TOKENS.finditer(data):
        first = token.group()[0]
        if first in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif first in b"]}":
            level -= 1
    return deepest


def refuse_constant(name: str) -> NoReturn:
    raise ParseError(f"{name} is not JSON. A price is a decimal string, such as '12.50'.")


def number(text: str) -> Decimal:
    """A number with a fraction or an exponent. Raises ParseError for one that no Decimal can hold, such as 1e10**20."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ParseError("The body holds a number that is too large or too small.") from None


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object from its members. Raises ParseError when a name comes twice: which one was meant, nobody knows."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise ParseError(f"The member {name!a} comes twice in one object.")
        result[name] = value
    return result


def check_text(value: Any, pointer: str = "") -> None:
    """Raises Problem invalid-input for text that no database column can hold: NUL, or half of a surrogate pair."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            # The pointer may itself be made of such text: show it escaped.
            shown = pointer.encode("ascii", "backslashreplace").decode()
            detail = "Text may hold neither the NUL character nor a lone surrogate."
            raise Problem("invalid-input", errors=[{"pointer": shown, "detail": detail, "code": "invalid-text"}])
    elif isinstance(value, dict):
        for name, member in value.items():
            check_text(name, pointer)
            check_text(member, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_text(item, f"{pointer}/{index}")
