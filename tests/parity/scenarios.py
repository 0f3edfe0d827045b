"""What the recorded tests leave over, as data: sequences of requests on the seeded catalogue, with a running clock.

A step: `ask`, and what `player.take` reads. `STORIES` are longer sequences; `documented()` makes one of each exchange
that the API's documentation shows (`demo_api/nexus/examples`).
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from demo_api.catalog.seeding import ACCOUNTS
from demo_api.nexus.examples import EXCHANGES
from demo_api.nexus.examples.exchange import CURRENT, Exchange
from demo_api.nexus.examples.imports import FILE_KEY, IMPORTS, MUGS_FILE
from demo_api.nexus.examples.reservations import KEY, MUGS
from demo_api.nexus.examples.scratch import ROOT
from demo_api.nexus.problem_types import PROBLEM_TYPES
from tests.api.world import AUTH, CATEGORIES, PRODUCTS, RESERVATIONS, picture

Step = dict[str, Any]
JSON, CSV = {"Content-Type": "application/json"}, {"Content-Type": "text/csv"}
ORDERINGS = ["created_at", "-created_at", "price", "-price", "name", "-name"]


def step(ask: str, body: Any = None, *, by: str = "", headers: Mapping[str, str] | None = None, **rest: Any) -> Step:
    """A request with a JSON body, made with the token that was kept under the account's name."""
    sent = {"Authorization": f"Bearer <{by}>"} if by else {}
    text = {} if body is None else {"text": json.dumps(body)}
    return {"ask": ask, "headers": sent | (JSON if text else {}) | dict(headers or {})} | text | rest


def sign_in(username: str) -> Step:
    """Keeps the account's token under its name."""
    credentials = {"username": username, "password": ACCOUNTS[username][0]}
    return step(f"POST {AUTH}sign-in/", credentials, keep={username: "/token"})


def form(ask: str, data: bytes, name: str, by: str = "demo-staff", match: str = "*", **rest: Any) -> Step:
    class File:
        def read(self) -> bytes:
            return data

    file = File()
    file.name = name  # type: ignore[attr-defined]
    content = base64.b64encode(encode_multipart(BOUNDARY, {"image": file})).decode()
    return step(ask, by=by, headers={"Content-Type": MULTIPART_CONTENT, "If-Match": match}, content=content, **rest)


# The documentation's exchanges --------------------------------------------------------------------------------------

# What no request can bring about.
NOT_PLAYED = {
    "a locked database": "needs another program that writes to the same file",
    "a missing migration": "needs a change of the database that no request makes",
    "a full disk": "needs a disk without room",
    "a full queue": "needs another setting, or a hundred imports",
    "a cancelled import, a full queue": "needs another setting, or a hundred imports",
    "a finished import": "needs a worker between two requests",
}
RESERVE = step(f"POST {RESERVATIONS}", MUGS, by="demo", headers=KEY, keep={"reservation": "/id"})
START_IMPORT = step(f"POST {IMPORTS}", by="demo-staff", headers=FILE_KEY | CSV, text=MUGS_FILE, keep={"import": "/id"})
SITUATIONS: dict[str, list[Step]] = {
    "": [],
    "a body of 70,000 bytes": [],
    "a category": [sign_in("demo-staff"), step(f"POST {CATEGORIES}", {"name": "Tea"}, by="demo-staff")],
    "a cursor": [step(f"GET {PRODUCTS}?page_size=2", keep={"cursor": "/next cursor=([^&]+)"})],
    "a reservation": [sign_in("demo"), RESERVE],
    "an import": [sign_in("demo-staff"), START_IMPORT],
    "a revoked token": [sign_in("demo"), step(f"POST {AUTH}sign-out/", by="demo")],
    "twenty reservations": [
        sign_in("demo"),
        step(f"POST {RESERVATIONS}", MUGS, by="demo", headers={"Idempotency-Key": "line-<n>"}, times=20),
    ],
}


def documented() -> dict[str, list[Step]]:
    """A scenario for each exchange that requests alone can bring about, by its operation and name."""
    return {
        f"{exchange.operation}: {exchange.name}": steps_of(exchange)
        for exchange in EXCHANGES
        if exchange.given not in NOT_PLAYED
    }


def steps_of(exchange: Exchange) -> list[Step]:
    method, path = exchange.request.split(" ", 1)
    path = path.format_map({name: f"<{name}>" for name in ("cursor", "reservation", "import")})
    by = "demo" if exchange.given == "a revoked token" else exchange.by
    steps = [*SITUATIONS[exchange.given]]
    if exchange.by and sign_in(exchange.by) not in steps:
        steps.append(sign_in(exchange.by))
    headers = dict(exchange.headers)
    if CURRENT in headers.values():
        steps.append(step(f"GET {path.removesuffix('image/')}", by=by, keep={"tag": "ETag"}))
        headers = {name: "<tag>" if value == CURRENT else value for name, value in headers.items()}
    return [*steps, last_step(exchange, f"{method} {path}", by, headers)]


def last_step(exchange: Exchange, ask: str, by: str, headers: dict[str, str]) -> Step:
    rest = {"until": exchange.status} if exchange.repeated else {}
    if exchange.picture:
        data = (ROOT / "demo_api/catalog/seed/pictures" / exchange.picture).read_bytes()
        return form(ask, data, exchange.picture, match=headers["If-Match"])
    if exchange.text:
        text = '{"description": "' + "x" * 70_000 + '"}' if exchange.given else exchange.text
        return step(ask, by=by, headers=JSON | headers, text=text)
    if exchange.csv:
        return step(ask, by=by, headers=CSV | headers, text=exchange.csv)
    return step(ask, exchange.body, by=by, headers=headers, **rest)


# Stories ------------------------------------------------------------------------------------------------------------

FILTERS = [
    "category=kitchen", "category=cookware", "category=garden", "min_price=0", "min_price=39.00&max_price=44.00",
    "max_price=0.01", "min_price=9999999.00", "min_price=10000000", "min_price=2&max_price=1", "in_stock=true",
    "in_stock=false", "in_stock=yes", "search=oak", "search=OAK+board", "search=%25", "search=bl%C3%A5b%C3%A4r",
    "search=BL%C3%85B%C3%84R", "category=kitchen&in_stock=true&search=e&min_price=10&max_price=90&ordering=-price",
    "page_size=1", "page_size=100", "page_size=0", "page_size=101", "page_size=-1", "page_size=", "ordering=stock",
    "ordering=", "cursor=", "colour=red", "page_size=2&page_size=3",
]  # fmt: skip
NEW = {"name": "Ember travel mug", "price": "32.00", "stock": 40, "category": "coffee-and-tea"}
WHOLE = NEW | {"description": "", "currency": "EUR", "is_active": True}
MUG = f"{PRODUCTS}ember-travel-mug/"


def picture_steps(kind: str) -> list[Step]:
    """Uploaded, shown, not sent twice."""
    return [
        form(f"PUT {MUG}image/", picture(kind, (40, 30)), f"photo.{kind.lower()}", keep={"image": "/image"}),
        step("GET <image>", keep={"shown": "ETag"}),
        step("GET <image>", headers={"If-None-Match": "<shown>"}),
        step("HEAD <image>"),
    ]


STAFF_STORY = [
    sign_in("demo-staff"),
    step(f"POST {PRODUCTS}", NEW, by="demo-staff", keep={"made": "Location", "tag": "ETag"}),
    step("GET <made>", keep={"tag": "ETag"}),
    step("GET <made>", headers={"If-None-Match": "<tag>"}),
    step(f"PATCH {MUG}", {"price": "39.00"}, by="demo-staff"),
    step(f"PATCH {MUG}", {"price": "39.00"}, by="demo-staff", headers={"If-Match": "<tag>"}),
    step(f"PATCH {MUG}", {"price": "29.00"}, by="demo-staff", headers={"If-Match": "<tag>"}),
    step("GET <made>", headers={"If-None-Match": "<tag>"}),
    step(f"PUT {MUG}", WHOLE, by="demo-staff", headers={"If-Match": "*"}),
    step(f"PUT {MUG}", NEW, by="demo-staff", headers={"If-Match": "*"}),
    *picture_steps("PNG"),
    step("GET <image>", keep={"first": "ETag"}),
    *picture_steps("JPEG"),
    *picture_steps("WEBP"),
    form(f"PUT {MUG}image/", b"<svg/>", "photo.png"),
    form(f"PUT {MUG}image/", picture("GIF"), "photo.png"),
    form(f"PUT {MUG}image/", picture("PNG") + b"<script>", "photo.png"),
    step(f"GET {PRODUCTS}?search=ember"),
    step(f"DELETE {MUG}image/", by="demo-staff", headers={"If-Match": "*"}),
    step("GET <image>"),
    step(f"DELETE {MUG}", by="demo-staff", headers={"If-Match": "*"}),
    step("GET <made>"),
    step(f"GET {PRODUCTS}?page_size=1"),
]
TREE_STORY = [
    sign_in("demo-staff"),
    step(f"POST {CATEGORIES}", {"name": "Tea", "parent": "kitchen"}, by="demo-staff"),
    step(f"POST {CATEGORIES}", {"name": "Green tea", "parent": "tea"}, by="demo-staff", keep={"green": "Location"}),
    step(f"PATCH {CATEGORIES}tea/", {"parent": "green-tea"}, by="demo-staff", headers={"If-Match": "*"}),
    step(f"PATCH {CATEGORIES}tea/", {"parent": "tea"}, by="demo-staff", headers={"If-Match": "*"}),
    step(f"PATCH {CATEGORIES}kitchen/", {"parent": "green-tea"}, by="demo-staff", headers={"If-Match": "*"}),
    step(f"PUT {CATEGORIES}tea/", {"name": "Teas", "description": "", "parent": None}, by="demo-staff",
         headers={"If-Match": "*"}),
    step(f"POST {PRODUCTS}", NEW | {"category": "green-tea"}, by="demo-staff"),
    step(f"GET {PRODUCTS}?category=tea"),
    step(f"DELETE {CATEGORIES}green-tea/", by="demo-staff", headers={"If-Match": "*"}),
    step(f"DELETE {CATEGORIES}tea/", by="demo-staff", headers={"If-Match": "*"}),
    step(f"DELETE {MUG}", by="demo-staff", headers={"If-Match": "*"}),
    step("GET <green>", keep={"tag": "ETag"}),
    step(f"DELETE {CATEGORIES}green-tea/", by="demo-staff", headers={"If-Match": "<tag>"}),
    step(f"DELETE {CATEGORIES}green-tea/", by="demo-staff", headers={"If-Match": "*"}),
    step(f"GET {CATEGORIES}?page_size=3", follow="/next"),
    step(f"GET {CATEGORIES}?page_size=3&ordering=-name", follow="/next"),
]  # fmt: skip
RESERVATION_STORY = [
    sign_in("demo"),
    sign_in("demo-staff"),
    RESERVE,
    RESERVE,
    step(f"POST {RESERVATIONS}", MUGS | {"quantity": 3}, by="demo", headers=KEY),
    step(f"POST {RESERVATIONS}", MUGS, by="demo-staff", headers=KEY),
    step(f"POST {RESERVATIONS}", MUGS, by="demo", headers={"Idempotency-Key": "line-<n>"}, times=21),
    step(f"GET {RESERVATIONS}?page_size=4", by="demo", follow="/next"),
    step(f"GET {RESERVATIONS}<reservation>/", by="demo", keep={"tag": "ETag"}),
    step(f"GET {RESERVATIONS}<reservation>/", by="demo", headers={"If-None-Match": "<tag>"}),
    step(f"GET {RESERVATIONS}<reservation>/", by="demo-staff"),
    step(f"GET {PRODUCTS}klippa-stoneware-mug/"),
    step(f"POST {RESERVATIONS}<reservation>/release/", by="demo", times=2),
    step(f"GET {PRODUCTS}klippa-stoneware-mug/"),
    step(f"GET {PRODUCTS}klippa-stoneware-mug/", headers={"If-None-Match": "<tag>"}),
]
ADA = {"username": "ada", "password": "a long pass phrase"}
ACCOUNT_STORY = [
    step(f"POST {AUTH}register/", ADA, times=2),
    step(f"POST {AUTH}sign-in/", ADA | {"password": "wrong"}),
    step(f"POST {AUTH}sign-in/", ADA, keep={"one": "/token"}),
    step(f"POST {AUTH}sign-in/", ADA, keep={"two": "/token"}),
    step(f"GET {AUTH}me/", by="one"),
    step(f"GET {AUTH}me/", by="two"),
    step(f"POST {PRODUCTS}", NEW, by="one"),
    step(f"POST {AUTH}sign-out/", by="one"),
    step(f"GET {AUTH}me/", by="one"),
    step(f"GET {AUTH}me/", by="two"),
    step(f"POST {AUTH}sign-out-everywhere/", by="two"),
    step(f"GET {AUTH}me/", by="two"),
]
PREFLIGHT = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "PATCH"}
WIRE_STORY = [
    *(step(f"{method} {PRODUCTS}") for method in ("HEAD", "OPTIONS", "PUT", "TRACE")),
    *(step(f"GET {PRODUCTS}?page_size=1", headers={"Accept": kind}) for kind in ("text/html", "*/*", "image/png")),
    step(f"OPTIONS {PRODUCTS}", headers=PREFLIGHT),
    step(f"GET {PRODUCTS}nothing/", headers={"Origin": "http://localhost:5173"}),
    step(f"GET {PRODUCTS}?page_size=1", headers={"Origin": "https://evil.example"}),
    step(f"GET {PRODUCTS}?page_size=1", headers={"X-Request-ID": "order-service.42"}),
    step("GET /nowhere", headers={"Accept": "text/html"}),
    step("GET /"),
]
SERVICE_STORY = [
    *(step(f"GET /health/{name}/") for name in ("live", "ready")),
    *(step(f"GET {kind.uri}") for kind in PROBLEM_TYPES.values()),
    *(step(f"GET {path}") for path in ("/api/problems/", "/api/problems/none/", "/api/schema/")),
    step("GET /api/schema/?format=json"),
    step("GET /api/schema/", headers={"Accept": "application/json"}),
    *(step(f"GET {path}") for path in ("/api/docs/", "/api/redoc/", "/api/redoc/redoc.js", "/admin/", "/media/x.png")),
]

STORIES: dict[str, list[Step]] = {
    "every filter": [step(f"GET {PRODUCTS}?{query}") for query in FILTERS],
    **{f"by {order}": [step(f"GET {PRODUCTS}?ordering={order}&page_size=7", follow="/next")] for order in ORDERINGS},
    "and back again": [
        step(f"GET {PRODUCTS}?page_size=25", keep={"next": "/next"}),
        step("GET <next>", keep={"next": "/next"}),
        step("GET <next>", follow="/previous"),
    ],
    "staff sell a mug": STAFF_STORY,
    "a tree grows": TREE_STORY,
    "stock is held": RESERVATION_STORY,
    "an account comes and goes": ACCOUNT_STORY,
    "what HTTP asks": WIRE_STORY,
    "the service itself": SERVICE_STORY,
}
