"""Records the exchanges: real requests, through the whole WSGI stack, to a service whose clock and chance stand still.

The same code gives the same recording: time is START, and what is random follows from the exchange's name.
"""

import json
import random
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from drf_spectacular.generators import SchemaGenerator
from knox.models import AuthToken

from demo_api.nexus.examples import EXCHANGES
from demo_api.nexus.examples.exchange import CURRENT, Exchange
from demo_api.nexus.examples.refusals import refusals, shown_by
from demo_api.nexus.examples.scratch import ROOT, Recording, RecordingFailed
from demo_api.nexus.examples.situations import SERVER, situation

Json = dict[str, Any]
BASE_URL = f"http://{SERVER['HTTP_HOST']}"
START = datetime(2026, 11, 2, 10, 15, 20, tzinfo=UTC)  # later than everything in the seeded catalogue
TOKEN = "0123456789abcdef" * 4  # what is shown in place of any token
MOST_REPEATS = 50
SHOWN_HEADERS = [  # of responses, in this order
    "Content-Type",
    "ETag",
    "Last-Modified",
    "Location",
    "Idempotent-Replayed",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
]


# No answer shows how a password is hashed, and the standard way is slow on purpose.
@override_settings(PASSWORD_HASHERS=["demo_api.accounts.hashers.DemoHasher"])
def record_here(written: Path) -> None:
    """Migrates and seeds the scratch database, records what is written and what follows, and writes the file."""
    with standing_still("the seed"):
        call_command("migrate", verbosity=0)
        call_command("seed", verbosity=0)
    pristine = written.with_name("pristine.sqlite3")
    copy_database(database_file(), pristine)
    examples = recorded(EXCHANGES, pristine)
    wanted = refusals(document_of(examples), EXCHANGES, shown_by(examples))
    recordings = {"examples": examples, "refusals": recorded(wanted, pristine)}
    written.write_text(json.dumps(recordings), "utf-8")


def recorded(exchanges: Iterable[Exchange], pristine: Path) -> Recording:
    """The exchanges as they went, by operation, each on a fresh copy of the `pristine` database."""
    found: Recording = {}
    for exchange in exchanges:
        copy_database(pristine, database_file())
        with standing_still(f"{exchange.operation}: {exchange.name}"):
            found.setdefault(exchange.operation, []).append(exchanged(exchange))
    return dict(sorted(found.items()))


def document_of(examples: Recording) -> Json:
    """The OpenAPI document that these examples belong to, whatever is in the file of them now."""
    with patch("demo_api.rest.openapi.recorded_examples", lambda: examples):
        try:
            document: Json = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
        except ValueError as error:
            raise RecordingFailed(str(error)) from None
    return document


def database_file() -> Path:
    return Path(settings.DATABASES["default"]["NAME"])


def copy_database(source: Path, target: Path) -> None:
    """Copies the SQLite file once nobody has it open, so that all of it is in the file and nothing in its journal."""
    connection.close()
    shutil.copyfile(source, target)


@contextmanager
def standing_still(seed: str) -> Iterator[None]:
    """Time stands at START, and everything random follows from `seed`."""

    class StandingClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return START.astimezone(tz)

    chance = random.Random(seed).randbytes  # noqa: S311 (a recording needs chance that can be repeated)
    with (
        patch("django.utils.timezone.datetime", StandingClock),
        patch("demo_api.rest.throttling.time", SimpleNamespace(time=START.timestamp)),
        patch("demo_api.imports.chunks.time", SimpleNamespace(perf_counter=count(0, 0.125).__next__)),
        patch("knox.crypto.generate_bytes", chance),
        patch("os.urandom", chance),
    ):
        yield


def exchanged(exchange: Exchange) -> Json:
    """The recorded exchange. Raises RecordingFailed when it is answered with another status than declared."""
    cache.clear()  # nobody has asked before
    token = token_of(exchange.by) if exchange.by else ""
    with situation(exchange.given) as values:
        request = prepared(exchange, {"token": token} | values)
        response = send(request)
        for _ in range(MOST_REPEATS if exchange.repeated else 0):
            if response.status_code == exchange.status:
                break
            response = send(request)
    if response.status_code != exchange.status:
        raise RecordingFailed(
            f"{exchange.operation}, {exchange.name!r}: {exchange.status} was declared, and the answer is "
            f"{response.status_code}: {response.content.decode()[:1000]}"
        )
    return without_tokens({"name": exchange.name, "request": shown(request), "response": answer(response)})


def prepared(exchange: Exchange, values: dict[str, str]) -> Json:
    """The request: method, path, headers, content as it is sent, and body as it is shown."""
    method, path = exchange.request.split(" ", 1)
    request: Json = {"method": method, "path": path.format(**values), "headers": {}, "content": b"", "body": None}
    if values["token"]:
        request["headers"]["Authorization"] = f"Bearer {values['token']}"
    put_body(request, exchange, values)
    for name, value in exchange.headers.items():
        request["headers"][name] = current_etag(request) if value == CURRENT else value
    return request


def put_body(request: Json, exchange: Exchange, values: dict[str, str]) -> None:
    headers = request["headers"]
    if exchange.picture:
        picture = ROOT / "demo_api/catalog/seed/pictures" / exchange.picture
        with picture.open("rb") as file:
            request["content"] = encode_multipart(BOUNDARY, {"image": file})
        headers["Content-Type"] = MULTIPART_CONTENT
        request["body"] = {"image": f"<{exchange.picture}>"}
    elif exchange.text:
        text = values.get("large", exchange.text)
        headers["Content-Type"] = "application/json"
        request |= {"content": text.encode(), "body": f"<{exchange.given}>" if "large" in values else text}
    elif exchange.csv:
        headers["Content-Type"] = "text/csv"
        request |= {"content": exchange.csv.encode(), "body": exchange.csv}
    elif exchange.body is not None:
        headers["Content-Type"] = "application/json"
        request |= {"content": json.dumps(exchange.body).encode(), "body": exchange.body}


def token_of(username: str) -> str:
    """A new token of the account."""
    return str(AuthToken.objects.create(user=User.objects.get(username=username))[1])


def current_etag(request: Json) -> str:
    """The entity tag of the representation that the request is about; a picture's is its product's."""
    path = request["path"].removesuffix("image/")
    read = send({"method": "GET", "path": path, "headers": request["headers"], "content": b""})
    return str(read.headers["ETag"])


def send(request: Json) -> Any:
    headers = dict(request["headers"])
    content_type = headers.pop("Content-Type", "application/json")
    client = Client(**SERVER)
    return client.generic(request["method"], request["path"], request["content"], content_type, headers=headers)


# What is kept -----------------------------------------------------------------------------------------------------


def shown(request: Json) -> Json:
    """The request as the documentation shows it."""
    url = BASE_URL + request["path"]
    kept = {"method": request["method"], "url": url, "headers": request["headers"], "body": request["body"]}
    return {name: value for name, value in kept.items() if value not in ({}, None)}


def answer(response: Any) -> Json:
    """The response as the documentation shows it: status, the headers that mean something, and the body."""
    headers = {name: response.headers[name] for name in SHOWN_HEADERS if name in response.headers}
    kept: Json = {"status": response.status_code, "headers": headers}
    content = response.getvalue()  # also of one that is streamed
    if content and headers["Content-Type"].startswith("text/"):
        kept["body"] = content.decode()
    elif content:
        kept["body"] = json.loads(content)
    else:
        headers.pop("Content-Type", None)
    return kept


def without_tokens(exchange: Json) -> Json:
    """The exchange with TOKEN in place of every token: nobody should wonder whether one is a secret."""
    token = exchange["request"].get("headers", {}).get("Authorization", "").removeprefix("Bearer ")
    body = exchange["response"].get("body", {})
    text = json.dumps(exchange)
    for secret in filter(None, (token, body.get("token") if isinstance(body, dict) else None)):
        text = text.replace(secret, TOKEN)
    cleaned: Json = json.loads(text)
    return cleaned
