"""Hostile requests as a server hands them over (PEP 3333), with nothing of a test client between.

Here are the faults that a test client would mend, or refuse to send: charsets, lengths that lie, raw bytes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from knox.models import AuthToken

from demo_api.nexus.handlers import WsgiHandler
from tests.api.test_hostile_input import JSON, PART, check
from tests.api.world import PRODUCTS, fingerprint, person


@contextmanager
def connections_left_open() -> Iterator[None]:
    """Between requests Django puts its connection back into the pool; the test's transaction lives on it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def wire(method: str, path: str, body: bytes = b"", **environ: str) -> tuple[int, str]:
    """A request as a server hands it over (PEP 3333), with nothing of a test client between. Gives status and type."""
    parts = urlsplit(path)
    given: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    } | environ
    setup_testing_defaults(given)
    answered: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answered.extend([status, dict(headers)])

    with connections_left_open():
        response: Any = WsgiHandler()(given, start)
        b"".join(response)
        response.close()
    return int(answered[0].split()[0]), answered[1].get("Content-Type", "")


@pytest.fixture
def token(shop):
    return "Bearer " + AuthToken.objects.create(user=person("wire", is_staff=True))[1]


@pytest.mark.parametrize("cookie", ['sessionid="abcdefgh\\000"', "sessionid=abcdefgh\x00", "sessionid=" + "x" * 5000])
def test_a_cookie_of_the_admin(db, cookie):
    """A quoted cookie may hold NUL by its octal number, and this one is looked up in the database as it is."""
    assert wire("GET", "/admin/", HTTP_COOKIE=cookie)[0] in (302, 400)  # 400 where the database refuses NUL


CHARSETS = ["rot13", "undefined", "base64", "utf-16", "idna", "nosuch", "punycode", "zlib", "\x00", "x" * 20_000]
UNREADABLE = CHARSETS[-1:]


@pytest.mark.parametrize("charset", CHARSETS, ids=lambda charset: charset[:20])
def test_a_charset_on_the_wire(token, charset):
    """Django looks the charset up while it makes the request, where nobody could answer for it."""
    before = fingerprint()
    kind = f"application/json; charset={charset}"
    status, answered = wire("GET", f"{PRODUCTS}?search=kettle", CONTENT_TYPE=kind)
    check(status, answered, 200)
    status, answered = wire("POST", PRODUCTS, b"{}", CONTENT_TYPE=kind, HTTP_AUTHORIZATION=token)
    # `{}` was read, as UTF-8: its members are missing. What is no parameter makes no type that anybody reads.
    check(status, answered, 415 if charset in UNREADABLE else 400)
    assert fingerprint() == before


@pytest.mark.parametrize(
    "kind",
    ["application/json; charset*=nosuch''x", "application/json; a*" + "9" * 5000 + "=b", "application/json; a*0*="],
)
def test_a_parameter_that_cannot_be_read_on_the_wire(token, kind):
    status, answered = wire("POST", PRODUCTS, b"{}", CONTENT_TYPE=kind, HTTP_AUTHORIZATION=token)
    assert status in (400, 415)
    assert answered == "application/problem+json"


LENGTHS = [
    ("", 400),  # chunked: not read
    ("0", 400),
    ("-5", 400),
    ("abc", 400),
    ("1.5", 400),
    ("1", 400),  # less than there is: `{`
    ("5000", 400),  # more than there is: the connection ends
    ("65536", 400),
    ("65537", 413),
    ("9" * 30, 413),
    ("9" * 5000, 400),
]


@pytest.mark.parametrize(("length", "status"), LENGTHS, ids=lambda value: str(value)[:10])
def test_a_length_that_lies_on_the_wire(token, length, status):
    before = fingerprint()
    got, kind = wire(
        "PATCH", f"{PRODUCTS}kettle/", b'{"stock": "1', CONTENT_LENGTH=length, CONTENT_TYPE=JSON, HTTP_IF_MATCH="*",
        HTTP_AUTHORIZATION=token,
    )  # fmt: skip
    check(got, kind, status)
    assert fingerprint() == before


@pytest.mark.parametrize(("length", "status"), [("30", 400), ("5000", 400), ("-5", 400), ("9" * 30, 413), ("", 400)])
def test_the_length_of_a_form_that_lies_on_the_wire(token, length, status):
    before = fingerprint()
    got, kind = wire(
        "PUT", f"{PRODUCTS}kettle/image/", PART + b"x\r\n", CONTENT_LENGTH=length, HTTP_IF_MATCH="*",
        CONTENT_TYPE="multipart/form-data; boundary=x", HTTP_AUTHORIZATION=token,
    )  # fmt: skip
    check(got, kind, status)
    assert fingerprint() == before


@pytest.mark.parametrize("path", ["/api/v1/products/\xff\xfe/", "/\xed\xa0\x80/", "/\x00", "/" + "a" * 50_000, "*"])
def test_a_path_on_the_wire(db, path):
    check(*wire("GET", path), 404)


@pytest.mark.parametrize("query", ["search=\xff\xfe", "\xff=1", "cursor=\xed\xa0\x80", "search=%"])
def test_a_query_string_on_the_wire(shop, query):
    status, _ = wire("GET", PRODUCTS, QUERY_STRING=query)
    assert status == (200 if query.startswith("search") else 400)


@pytest.mark.parametrize(
    "method", ["", "G\x00T", "get", "TRACE", "CONNECT", "PROPFIND", "__init__", "HTTP_METHOD_NOT_ALLOWED"]
)
def test_a_method_on_the_wire(shop, method):
    status, kind = wire(method, PRODUCTS)
    if method == "get":
        assert status == 200  # Django reads methods in any case
    else:
        check(status, kind, 405)
