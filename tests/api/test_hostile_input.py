"""What a hostile caller sends: each is refused with the status named here, and nothing has changed afterwards.

A case is not "some 4xx": it says which, so that a change in behaviour is seen. 5xx and a changed database always fail.
"""

import time
from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from tests.api.world import AUTH, CATEGORIES, PRODUCTS, RESERVATIONS, fingerprint, held

PATIENCE = 3  # seconds: what one small request may cost on a slow machine; quadratic time would take minutes
JSON = "application/json"
NEEDED = {"If-Match": "*", "Idempotency-Key": "hostile"}


@pytest.fixture
def unharmed(staff, shop, clara):
    """Sends a request as staff and checks the answer: the status, a problem document, and a database as it was."""
    held(clara, shop.speaker, key="k")

    def send(method: str, path: str, status: int, body: Any = b"", kind: str = JSON, headers: Any = None) -> Any:
        before, began = fingerprint(), time.monotonic()
        caller = APIClient() if "Authorization" in (headers or {}) else staff
        response = caller.generic(method, path, body, kind, headers=NEEDED | (headers or {}))
        assert time.monotonic() - began < PATIENCE
        check(response.status_code, response["Content-Type"], status, response.content)
        assert fingerprint() == before
        return response

    return send


def check(got: int, content_type: str, expected: int, content: bytes = b"") -> None:
    assert got == expected, content[:500]
    if got >= 400:
        assert content_type == "application/problem+json"


# Paths ------------------------------------------------------------------------------------------------------------

PIECES = [
    "%00",
    "kettle%00",
    "%ED%A0%80",  # half of a surrogate pair
    "%FF%FE",
    "%F0%9F%92%A3",
    "..%2F..%2Fetc%2Fpasswd",
    "%2e%2e",
    "kettle%0d%0aSet-Cookie:%20a=b",
    "'%20OR%20'1'='1",
    "9" * 30,
    "x" * 10_000,
    "%25s%25n",
]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece[:30])
@pytest.mark.parametrize("where", [PRODUCTS, CATEGORIES, RESERVATIONS, "/api/problems/"])
def test_a_path(unharmed, where, piece):
    unharmed("GET", f"{where}{piece}/", 404)
    if where != "/api/problems/":
        unharmed("PUT", f"{where}{piece}/", 404, b"{}")
        unharmed("DELETE", f"{where}{piece}/", 404)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/media/%00.png", 404),
        ("/media/../manage.py", 404),
        ("/media/products/../../db.sqlite3", 404),
        ("/media//etc/passwd.png", 400),
        ("/media/" + "a/" * 2000 + "a.png", 404),
        ("/media/" + "a" * 5000 + ".png", 404),
        ("/media/products/seed", 404),
        ("/media/.png", 404),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_media_path(unharmed, path, status):
    unharmed("GET", path, status)


# Query strings ----------------------------------------------------------------------------------------------------

VALUES = [
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF",
    "9" * 30,
    "-" + "9" * 30,
    "9" * 5000,
    "NaN",
    "-Infinity",
    "1e400",
    "1e-400",
    "0x10",
    "[]",
    "{}",
    "null",
    quote("'; DROP TABLE catalog_product; --"),
    quote("\u202e\u0000\u200b"),
    quote("💣" * 300),
    "x" * 20_000,
    "",
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:30])
@pytest.mark.parametrize("name", ["category", "min_price", "max_price", "in_stock", "ordering", "page_size", "cursor"])
def test_a_parameter_of_the_product_list(unharmed, name, value):
    unharmed("GET", f"{PRODUCTS}?{name}={value}", 400)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:30])
@pytest.mark.parametrize("name", ["page_size", "cursor"])
@pytest.mark.parametrize("where", [CATEGORIES, RESERVATIONS])
def test_a_parameter_of_the_other_lists(unharmed, where, name, value):
    unharmed("GET", f"{where}?{name}={value}", 400)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("search=%00", 400),
        ("search=" + "+".join(["word"] * 3000), 400),
        ("search=" + "+".join("abcdefghi"), 400),
        ("search=" + "%25" * 101, 400),
        ("search=" + "%25" * 100, 200),  # a hundred wildcards that are none
        ("search=" + "%5C" * 100, 200),
        ("search=%ED%A0%80", 200),  # read as U+FFFD, which nothing holds
        ("search=" + quote("'; DROP TABLE catalog_product; --"), 200),
        ("search=a&search=b", 400),
        ("%00=1", 400),
        ("%ED%A0%80=1", 400),
        ("category[]=audio", 400),
        ("category__name=Audio", 400),
        ("is_active=false", 400),
        ("ordering=category__slug", 400),
        ("ordering=?", 400),
        ("ordering=-", 400),
        ("ordering=password", 400),
        ("&".join(f"p{number}=1" for number in range(300)), 400),
        ("&".join(f"p{number}=1" for number in range(3000)), 400),
        ("page_size=5&page_size=6", 400),
        ("cursor=a&cursor=b", 400),
        ("=", 400),
        ("&&&&", 200),
        ("%", 400),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_query_string(unharmed, query, status):
    unharmed("GET", f"{PRODUCTS}?{query}", status)


CURSORS = [
    "abc",
    "NaN",
    "::",
    "a:b:c",
    "eyJhIjoxfQ:1",
    ".eJwDAAAAAAE:x",  # compressed nothing
    "." + "A" * 1400,
    "WyJhIl0:" + "A" * 43,
    "\u2028",
    "9" * 1499,
    "MjAyNi0wMi0zMQ==",
]


@pytest.mark.parametrize("cursor", CURSORS, ids=lambda cursor: cursor[:20])
@pytest.mark.parametrize("where", [PRODUCTS, CATEGORIES, RESERVATIONS])
def test_a_made_up_cursor(unharmed, where, cursor):
    unharmed("GET", f"{where}?cursor={quote(cursor)}", 400)


# JSON bodies ------------------------------------------------------------------------------------------------------

ENDPOINTS = [
    ("POST", PRODUCTS),
    ("PUT", f"{PRODUCTS}kettle/"),
    ("PATCH", f"{PRODUCTS}kettle/"),
    ("POST", CATEGORIES),
    ("PUT", f"{CATEGORIES}audio/"),
    ("PATCH", f"{CATEGORIES}audio/"),
    ("POST", RESERVATIONS),
    ("POST", f"{AUTH}register/"),
    ("POST", f"{AUTH}sign-in/"),
]
each_endpoint = pytest.mark.parametrize(("method", "path"), ENDPOINTS, ids=lambda value: value.removeprefix("/api/v1"))

BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "spaces": (b"   ", 400),
    "cut off": (b'{"name": "x"', 400),
    "single quotes": (b"{'name': 'x'}", 400),
    "a comma too many": (b'{"name": "x",}', 400),
    "two documents": (b"{} {}", 400),
    "a byte order mark": (b"\xef\xbb\xbf{}", 400),
    "UTF-16": ('{"name": "x"}'.encode("utf-16"), 400),
    "no UTF-8": (b'{"name": "\xff\xfe"}', 400),
    "a surrogate in UTF-8": (b'{"name": "\xed\xa0\x80"}', 400),
    "a form": (b"name=x&price=1", 400),
    "NaN": (b'{"price": NaN}', 400),
    "Infinity": (b'{"price": Infinity}', 400),
    "minus Infinity": (b'{"price": -Infinity}', 400),
    "a member twice": (b'{"name": "a", "name": "b"}', 400),
    "a member twice, deep": (b'{"category": {"slug": "a", "slug": "b"}}', 400),
    "an array": (b"[]", 400),
    "an array of objects": (b"[{}]", 400),
    "a string": (b'"x"', 400),
    "a number": (b"3", 400),
    "null": (b"null", 400),
    "true": (b"true", 400),
    "NUL in a value": (b'{"name": "a\\u0000b"}', 400),
    "NUL in a key": (b'{"na\\u0000me": "x"}', 400),
    "a raw NUL": (b'{"name": "a\x00b"}', 400),
    "a lone surrogate in a value": (b'{"name": "\\ud83d"}', 400),
    "a lone surrogate in a key": (b'{"\\udca3": "x"}', 400),
    "NUL in an unknown member, deep": (b'{"x": [{"y": "\\u0000"}]}', 400),
    "a number of 60,000 digits": (b'{"stock": ' + b"9" * 60_000 + b"}", 400),
    "an exponent of twenty digits": (b'{"price": 1e99999999999999999999}', 400),
    "a negative exponent of twenty digits": (b'{"price": 1e-99999999999999999999}', 400),
    "arrays 30,000 deep": (b"[" * 30_000 + b"]" * 30_000, 400),
    "arrays that never end": (b"[" * 60_000, 400),
    "objects 10,000 deep": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
    "100,000 deep": (b"[" * 100_000 + b"]" * 100_000, 413),
    "60,000 closing brackets": (b"]" * 60_000, 400),
    "a string of quotes that never ends": (b'"' + b'\\"' * 32_000, 400),
    "a string of backslashes": (b'"' + b"\\" * 64_000, 400),
    "quotes and nothing else": (b'"' * 64_001, 400),
    "10 MB": (b'{"name": "' + b"x" * 10_000_000 + b'"}', 413),
    "a thousand unknown members": (b"{" + b",".join(b'"m%d": 1' % number for number in range(1000)) + b"}", 400),
    "an unknown member of 50,000 letters": (b'{"' + b"m" * 50_000 + b'": 1}', 400),
}


@each_endpoint
@pytest.mark.parametrize("case", BODIES)
def test_a_body(unharmed, method, path, case):
    body, status = BODIES[case]
    response = unharmed(method, path, status, body)
    assert len(response.content) < 20_000  # what was sent is not sent back


TYPES = {
    "": 415,
    "text/plain": 415,
    "application/x-www-form-urlencoded": 415,
    "multipart/form-data": 415,
    "multipart/form-data; boundary=x": 415,
    "application/json\x00": 415,
    "\u00ff": 415,
    "application/json; charset": 400,
    "application/json" + ";a=b" * 5000: 415,
}


@each_endpoint
@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind[:40])
def test_a_content_type(unharmed, method, path, kind):
    unharmed(method, path, TYPES[kind], b'{"colour": "red"}', kind)


# Members ----------------------------------------------------------------------------------------------------------

SCALARS = [
    b'"\\u0000"',
    b'"\\ud800"',
    b"[]",
    b"{}",
    b"[[[]]]",
    b'{"$ne": null}',
    b"null",
    b"1e400",
    b"-1e400",
    b"1" + b"0" * 400,
    b'"NaN"',
    b'"Infinity"',
    b'"-Infinity"',
    b'"sNaN"',
    b'"1E+999999999"',
    b'"' + b"9" * 3000 + b'"',
    b'"' + b"x" * 50_000 + b'"',
]


@pytest.mark.parametrize("value", SCALARS, ids=lambda value: value[:20].decode())
@pytest.mark.parametrize("member", ["slug", "price", "currency", "stock", "is_active", "category"])
def test_a_member_of_a_product(unharmed, member, value):
    unharmed("PATCH", f"{PRODUCTS}kettle/", 400, b'{"%s": %s}' % (member.encode(), value))


@pytest.mark.parametrize("value", SCALARS, ids=lambda value: value[:20].decode())
@pytest.mark.parametrize("member", ["product", "quantity"])
def test_a_member_of_a_reservation(unharmed, member, value):
    other = b'"quantity": 1' if member == "product" else b'"product": "kettle"'
    unharmed("POST", RESERVATIONS, 400, b'{"%s": %s, %s}' % (member.encode(), value, other))


@pytest.mark.parametrize("value", [b'"\\u0000"', b'"\\ud800"', b"[]", b"{}", b"null", b'"' + b"x" * 50_000 + b'"'])
@pytest.mark.parametrize("member", ["username", "password"])
@pytest.mark.parametrize("path", [f"{AUTH}register/", f"{AUTH}sign-in/"])
def test_a_member_of_a_sign_in(unharmed, path, member, value):
    other = "password" if member == "username" else "username"
    unharmed("POST", path, 400, b'{"%s": %s, "%s": "harmless-words"}' % (member.encode(), value, other.encode()))


# Forms ------------------------------------------------------------------------------------------------------------

PART = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
FORMS: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no part": (b"--x--\r\n", 400),
    "no boundary": (b"hello", 400),
    "cut off": (PART + b"\x89PNG", 400),
    "an empty file": (PART + b"\r\n--x--\r\n", 400),
    "text": (b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\ntext\r\n--x--\r\n', 400),
    "NUL in the name": (PART.replace(b'"image"', b'"im\x00age"') + b"x\r\n--x--\r\n", 400),
    "NUL in the file name": (PART.replace(b"a.png", b"a\x00.png") + b"x\r\n--x--\r\n", 400),
    "a name that is no UTF-8": (PART.replace(b'"image"', b'"\xff\xfe"') + b"x\r\n--x--\r\n", 400),
    "a name in an unknown charset": (PART.replace(b'name="image"', b"name*=nosuch''image") + b"x\r\n--x--\r\n", 400),
    "a file name in a strange charset": (PART.replace(b'name="a.png"', b"name*=rot13''a") + b"x\r\n--x--\r\n", 400),
    "a file name of 50,000 letters": (PART.replace(b"a.png", b"a" * 50_000) + b"x\r\n--x--\r\n", 400),
    "a header of 200,000 letters": (PART[:-2] + b"X-A: " + b"a" * 200_000 + b"\r\n\r\nx\r\n--x--\r\n", 400),
    "broken base64": (PART[:-2] + b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n", 400),
    "a part in a part in a part": (
        PART[:-2] + b"Content-Type: multipart/mixed; boundary=y\r\n\r\n" + PART.replace(b"--x", b"--y") * 50, 400
    ),
    "2,000 fields": (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 2000 + b"--x--\r\n", 400),
    "2,000 files": (PART.replace(b"image", b"a") * 2000 + b"--x--\r\n", 400),
    "a field of 2 MB": (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"b" * 2_000_000 + b"\r\n--x--\r\n", 400
    ),
    "10 MB": (PART + b"x" * 10_000_000 + b"\r\n--x--\r\n", 413),
}  # fmt: skip


@pytest.mark.parametrize("case", FORMS)
def test_a_form(unharmed, case):
    body, status = FORMS[case]
    unharmed("PUT", f"{PRODUCTS}kettle/image/", status, body, "multipart/form-data; boundary=x")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ("multipart/form-data; boundary=" + "b" * 500, 415),
        ("multipart/form-data; boundary=\u00e9", 400),
        ("multipart/form-data; boundary=x; charset=rot13", 400),
        ("multipart/mixed; boundary=x", 415),
        ("application/octet-stream", 415),
        ("image/png", 415),
        (JSON, 415),
        ("", 415),
    ],
    ids=lambda value: str(value)[:50],
)
def test_the_type_of_a_form(unharmed, kind, status):
    unharmed("PUT", f"{PRODUCTS}kettle/image/", status, PART + b"x\r\n--x--\r\n", kind)


# Headers ----------------------------------------------------------------------------------------------------------

HEADERS: list[tuple[str, str, int]] = [
    ("Authorization", "Bearer \x00", 401),
    ("Authorization", "Bearer \u00ff\u00fe", 401),
    ("Authorization", "Bearer " + "f" * 100_000, 401),
    ("Authorization", "Bearer '; DROP TABLE knox_authtoken; --", 401),
    ("Authorization", "\x00", 200),  # no scheme of ours: a stranger, who may read
    ("If-None-Match", "\x00", 200),
    ("If-None-Match", '"' * 1001, 200),
    ("If-None-Match", ", ".join(['"x"'] * 2000), 200),
    ("If-Modified-Since", "\x00", 200),
    ("If-Modified-Since", "yesterday", 200),
    ("If-Modified-Since", "Sun, 99 Nov 9999 99:99:99 GMT", 200),
    ("If-Modified-Since", "Sun, 06 Nov 0000 08:49:37 GMT", 200),
    ("If-Modified-Since", "9" * 30, 200),
    ("Accept", "\x00", 406),
    ("Accept", "/", 406),
    ("Accept", ";;;;,,,,", 406),
    ("Accept", "application/json; q*=nosuch''1", 406),
    ("Accept", "application/json; q*" + "9" * 5000 + "=1", 406),
    ("Accept", ", ".join(["text/html"] * 3000), 406),
    ("Host", "\x00", 400),
    ("Host", "evil.example", 400),
    ("Host", "localhost:" + "9" * 30, 200),  # a port is a number
    ("X-Forwarded-Host", "evil.example", 200),  # not believed
    ("X-Forwarded-For", "\x00, " * 500, 200),
    ("X-Request-ID", "\r\nSet-Cookie: a=b", 200),
    ("X-HTTP-Method-Override", "DELETE", 200),  # not obeyed
    ("Origin", "http://[", 200),
    ("Cookie", 'sessionid="\\000"; csrftoken=\u00ff', 200),
    ("Content-Length", "0x10", 200),
    ("Range", "bytes=99999999999-", 200),
    ("Expect", "200-maybe", 200),
]


@pytest.mark.parametrize(("name", "value", "status"), HEADERS, ids=lambda value: str(value)[:30])
def test_a_header(unharmed, name, value, status):
    response = unharmed("GET", PRODUCTS, status, headers={name: value})
    assert b"evil.example" not in response.content
    assert "Set-Cookie" not in response
