"""One matrix over both APIs: what REST lets a caller do, GraphQL lets the caller do, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from graphql import GraphQLField
from rest_framework.test import APIClient

from demo_api.catalog.graphql.directives import policy
from demo_api.catalog.graphql.schema import schema
from demo_api.catalog.models import Category, Product, Reservation
from demo_api.rest.policy import Who
from tests.api.world import AUTH, CATEGORIES, PRODUCTS, RESERVATIONS, etag, fingerprint, held
from tests.graphql.world import post

KINDS = {"NotAuthenticated": "not-authenticated", "PermissionDenied": "permission-denied"}
OUTCOMES = {200: "", 201: "", 204: "", 401: "not-authenticated", 403: "permission-denied"}
MUG = {"name": "Mug", "price": "12.00", "category": "coffee"}

# Field of the schema: the same over REST, as method, path and body; and the document. `{slug}`s are those of the shop.
# A write is sent the version, or the entity tag, that its target has now.
ACTIONS: dict[str, tuple[str, str, Any, str]] = {
    "products": ("GET", PRODUCTS, None, "{ products { edges { node { slug } } } }"),
    "product": ("GET", f"{PRODUCTS}kettle/", None, '{ product(slug: "kettle") { slug } }'),
    "categories": ("GET", CATEGORIES, None, "{ categories { slug } }"),
    "category": ("GET", f"{CATEGORIES}audio/", None, '{ category(slug: "audio") { slug } }'),
    "reservations": ("GET", RESERVATIONS, None, "{ reservations { edges { node { id } } } }"),
    "me": ("GET", f"{AUTH}me/", None, "{ me { username } }"),
    "reserve": (
        "POST",
        RESERVATIONS,
        {"product": "speaker", "quantity": 1},
        'mutation { reserve(product: "speaker", quantity: 1, idempotencyKey: "k2") { __typename } }',
    ),
    "release": (
        "POST",
        f"{RESERVATIONS}RESERVATION/release/",
        None,
        'mutation { release(id: "RESERVATION") { __typename } }',
    ),
    "createProduct": (
        "POST",
        PRODUCTS,
        MUG,
        'mutation { createProduct(input: {name: "Mug", price: "12.00", category: "coffee"}) { __typename } }',
    ),
    "updateProduct": (
        "PATCH",
        f"{PRODUCTS}grinder/",
        {"stock": 9},
        'mutation { updateProduct(slug: "grinder", version: "VERSION", changes: {stock: 9}) { __typename } }',
    ),
    "deleteProduct": (
        "DELETE",
        f"{PRODUCTS}grinder/",
        None,
        'mutation { deleteProduct(slug: "grinder", version: "VERSION") { __typename } }',
    ),
    "createCategory": (
        "POST",
        CATEGORIES,
        {"name": "Tea"},
        'mutation { createCategory(input: {name: "Tea"}) { __typename } }',
    ),
    "updateCategory": (
        "PATCH",
        f"{CATEGORIES}lonely/",
        {"name": "Alone"},
        'mutation { updateCategory(slug: "lonely", version: "VERSION", changes: {name: "Alone"}) { __typename } }',
    ),
    "deleteCategory": (
        "DELETE",
        f"{CATEGORIES}lonely/",
        None,
        'mutation { deleteCategory(slug: "lonely", version: "VERSION") { __typename } }',
    ),
}
WHO = {
    "anonymous": {Who.ANYONE},
    "customer": {Who.ANYONE, Who.SIGNED_IN},
    "staff": {Who.ANYONE, Who.SIGNED_IN, Who.STAFF},
}


def root_fields() -> Iterator[tuple[str, GraphQLField]]:
    for root in (schema.core.query_type, schema.core.mutation_type):
        assert root
        yield from root.fields.items()


def test_the_matrix_has_every_field_of_the_schema():
    assert set(ACTIONS) == {name for name, _ in root_fields()}


def test_every_field_says_who_may_ask_and_how_often():
    for name, field in root_fields():
        said = policy(field)
        assert said, f"{name} is silent"
        assert said.who in {who.value for who in Who}
        root = schema.core.query_type
        assert root
        assert said.throttle == ("read" if name in root.fields else "write")


@pytest.fixture
def callers(anonymous, customer, staff) -> dict[str, APIClient]:
    return {"anonymous": anonymous, "customer": customer, "staff": staff}


@pytest.fixture
def places(shop, clara) -> dict[str, str]:
    """What the placeholders stand for: a reservation of whoever asks, and the version of what is written."""
    Category.objects.create(slug="lonely", name="Lonely")
    return {}


def reservation(client: APIClient, shop: Any) -> str:
    me = client.get(f"{AUTH}me/")
    if me.status_code != 200:
        return "00000000-0000-4000-8000-000000000000"
    return str(held(User.objects.get(username=me.json()["username"]), shop.kettle, key="k1").uuid)


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("caller", WHO)
def test_both_apis_let_the_same_callers_do_the_same(callers, places, shop, name, caller):
    client = callers[caller]
    found = reservation(client, shop)
    before = fingerprint()

    over_rest = rest(client, callers["staff"], name, found)
    changed_by_rest = fingerprint() != before
    restore(found, changed_by_rest)
    before = fingerprint()
    over_graphql = graphql(client, callers["staff"], name, found)
    changed_by_graphql = fingerprint() != before

    field = dict(root_fields())[name]
    said = policy(field)
    assert said
    is_allowed = Who(said.who) in WHO[caller]
    assert over_rest == over_graphql
    assert (over_rest == "") is is_allowed
    is_write = said.throttle == "write"
    assert changed_by_rest == changed_by_graphql == (is_write and is_allowed)


def restore(found: str, is_needed: bool) -> None:
    """What REST has changed, as it was, so that GraphQL can change it again."""
    if not is_needed:
        return
    Product.objects.filter(slug="mug").delete()
    Category.objects.filter(slug="tea").delete()
    Category.objects.update_or_create(slug="lonely", defaults={"name": "Lonely"})
    coffee = Category.objects.get(slug="coffee")
    fields = {"name": "Pivot Grinder", "price": "129.50", "stock": 0, "category": coffee}
    Product.objects.update_or_create(slug="grinder", defaults=fields)
    Reservation.objects.exclude(uuid=found).delete()
    Reservation.objects.update(state="active")


def rest(client: APIClient, staff: APIClient, name: str, found: str) -> str:
    """What REST says to it: an empty text for yes, or the slug of the problem."""
    method, path, body, _ = ACTIONS[name]
    headers = {"Idempotency-Key": "k2"} if name == "reserve" else {}
    if method in ("PATCH", "DELETE"):
        headers = etag(staff, path)
    response = client.generic(
        method,
        path.replace("RESERVATION", found),
        "" if body is None else json.dumps(body),
        "application/json",
        headers=headers,
    )
    return OUTCOMES[response.status_code]


def graphql(client: APIClient, staff: APIClient, name: str, found: str) -> str:
    """What GraphQL says to it, in the same words."""
    document = ACTIONS[name][3].replace("RESERVATION", found)
    if "VERSION" in document:
        kind, slug = ("product", "grinder") if "grinder" in document else ("category", "lonely")
        read = post(staff, f'{{ {kind}(slug: "{slug}") {{ version }} }}').json()
        document = document.replace("VERSION", read["data"][kind]["version"])
    body = post(client, document).json()
    if "errors" in body:
        return str(body["errors"][0]["extensions"]["type"]).split("/")[-2]
    return KINDS.get(body["data"][name]["__typename"], "") if "mutation" in document else ""
