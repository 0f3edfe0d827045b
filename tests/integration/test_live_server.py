"""A server process as anyone starts it: one walk through the API over real sockets, and what must not bring it down."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from scripts import seed_and_profile
from tests.integration.conftest import Running

PICTURE = Path(settings.BASE_DIR, "demo_api", "catalog", "seed", "pictures", "quay-oak-board.webp")
PRODUCTS = "/api/v1/products/"


@pytest.fixture
def connection(running: Running) -> Iterator[http.client.HTTPConnection]:
    """A connection that stays open from one request to the next."""
    opened = http.client.HTTPConnection(urlsplit(running.address).netloc, timeout=30)
    yield opened
    opened.close()


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, Any]:
    """The status, the headers and the body of an answer; JSON is read, other bodies stay bytes."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None and not isinstance(body, bytes):
        body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
    connection.request(method, path, body, sent)
    response = connection.getresponse()
    content = response.read()
    return response.status, response.headers, json.loads(content) if is_json(response) else content


def is_json(response: http.client.HTTPResponse) -> bool:
    return response.headers.get_content_type().endswith("json")


def sign_in(connection: http.client.HTTPConnection) -> str:
    """The `Authorization` header of the demo staff account."""
    credentials = {"username": "demo-staff", "password": "demo-staff-password"}
    status, _, signed_in = ask(connection, "POST", "/api/v1/auth/sign-in/", credentials)
    assert status == 200, signed_in
    return f"Bearer {signed_in['token']}"


def form_with(picture: bytes) -> tuple[bytes, str]:
    """A multipart form with the picture in its field `image`, and the form's media type."""
    head = b'--limit\r\nContent-Disposition: form-data; name="image"; filename="board.webp"\r\n\r\n'
    return head + picture + b"\r\n--limit--\r\n", "multipart/form-data; boundary=limit"


def test_the_walk_from_reading_to_deleting(connection):
    status, _, ready = ask(connection, "GET", "/health/ready/")
    assert (status, ready["status"]) == (200, "ready")

    status, headers, page = ask(connection, "GET", f"{PRODUCTS}?page_size=5")
    assert (status, len(page["results"])) == (200, 5)
    assert 'desc="2"' in headers["Server-Timing"]
    status, _, _ = ask(connection, "GET", f"{PRODUCTS}?page_size=5", If_None_Match=headers["ETag"])
    assert status == 304

    staff = sign_in(connection)
    new = {"name": "Ember Travel Mug", "price": "32.00", "stock": 4, "category": "coffee-and-tea"}
    status, headers, made = ask(connection, "POST", PRODUCTS, new, Authorization=staff)
    assert (status, made["slug"], made["image"]) == (201, "ember-travel-mug", None)
    place, version = urlsplit(headers["Location"]).path, headers["ETag"]

    form, kind = form_with(PICTURE.read_bytes())
    sent = {"Authorization": staff, "If_Match": version, "Content_Type": kind}
    status, headers, shown = ask(connection, "PUT", f"{place}image/", form, **sent)
    assert status == 200, shown
    assert shown["image"].startswith(f"http://{connection.host}:{connection.port}/media/")
    version, picture = headers["ETag"], urlsplit(shown["image"]).path

    status, headers, data = ask(connection, "GET", picture)
    assert (status, headers["Content-Type"], data[8:12]) == (200, "image/webp", b"WEBP")
    assert "immutable" in headers["Cache-Control"]

    status, _, _ = ask(connection, "DELETE", place, Authorization=staff, If_Match=version)
    assert status == 204
    assert ask(connection, "GET", place)[0] == 404
    assert ask(connection, "GET", picture)[0] == 404


def test_ten_megabytes_are_refused_and_the_connection_goes_on(connection):
    staff = sign_in(connection)
    status, _, problem = ask(
        connection, "POST", PRODUCTS, b" " * 10_000_000, Authorization=staff, Content_Type="application/json"
    )
    assert (status, problem["type"]) == (413, "/api/problems/payload-too-large/")
    before = connection.sock
    assert ask(connection, "GET", "/health/live/")[0] == 200
    assert connection.sock is before


def test_a_caller_who_hangs_up_in_the_middle_does_no_harm(running, connection):
    for _ in range(5):
        rude = http.client.HTTPConnection(urlsplit(running.address).netloc, timeout=30)
        rude.putrequest("POST", PRODUCTS)
        rude.putheader("Content-Type", "application/json")
        rude.putheader("Content-Length", "1000")
        rude.endheaders(b'{"name": ')
        rude.close()
    assert ask(connection, "GET", "/health/ready/")[0] == 200


def test_it_is_seeded_and_profiled_from_outside(running, tmp_path, monkeypatch, capfd):
    for name, value in running.settings.items():
        monkeypatch.setenv(name, value)
    options = ["--host", running.address, "--count", "30", "--iterations", "20", "--output", str(tmp_path)]
    assert seed_and_profile.main(options) == 0
    printed = capfd.readouterr().out
    assert "30 generated products" in printed
    assert "uses another database" not in printed
    summary = json.loads((tmp_path / "profile.json").read_text("utf-8"))
    assert summary["queries_per_request"] == {"min": 2, "max": 2}


def test_a_limit_on_requests_ends_the_measurement_with_a_sentence(running, tmp_path, capsys):
    options = ["--host", running.address, "--count", "0", "--iterations", "2500", "--output", str(tmp_path)]
    path = "/health/live/"  # 600 a minute
    assert seed_and_profile.main([*options, "--path", path, "--concurrency", "2"]) == 1
    assert "start the server with THROTTLING=0" in capsys.readouterr().err
