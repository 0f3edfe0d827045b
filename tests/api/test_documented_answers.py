"""What the document says of every operation alike, asked of every one; and the refusals that no other test asks for."""

import pytest

from tests.api.world import (
    AUTH,
    CATEGORIES,
    PRODUCTS,
    client_of,
    etag,
    parameters,
    picture,
    problem,
    queued_import,
    reserve,
    upload,
)
from tests.openapi import document

OPERATIONS = [
    (method.upper(), path, operation)
    for path, item in document()["paths"].items()
    for method, operation in item.items()
]
NEEDED = {"If-Match": "*", "Idempotency-Key": "k"}


def those_with(status: int) -> list:
    """The method and path of each operation that documents this status."""
    found = [(method, path) for method, path, operation in OPERATIONS if str(status) in operation["responses"]]
    return [pytest.param(method, path, id=f"{method} {path}") for method, path in found]


@pytest.fixture
def ask(shop, staff):
    """Asks an operation as staff, about things that exist unless it is told otherwise."""
    reservation = reserve(staff, "kettle").json()["id"]
    job = str(queued_import(staff, "slug,name,price,category\n").uuid)

    def ask(method, path, client=staff, **headers):
        slug = "not-found" if "problems" in path else "audio" if "categories" in path else "speaker"
        address = path.replace("{slug}", slug).replace("{reservation_id}", reservation)
        address = address.replace("{import_id}", job)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.generic(method, address, b"{}", "application/json", headers=NEEDED | sent)

    return ask


@pytest.mark.parametrize(("method", "path"), those_with(406))
def test_it_speaks_json_and_nothing_else(ask, method, path):
    problem(ask(method, path, Accept="image/png"), 406, "not-acceptable")


@pytest.mark.parametrize(("method", "path"), those_with(429))
def test_it_can_be_asked_too_often(ask, settings, method, path):
    settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES, 0)
    response = ask(method, path)
    problem(response, 429, "too-many-requests")
    assert 1 <= int(response["Retry-After"]) <= 60


@pytest.mark.parametrize(("method", "path"), those_with(401))
def test_a_token_that_is_not_known_is_refused_even_where_none_is_needed(ask, method, path):
    problem(ask(method, path, client=client_of(None), Authorization="Bearer " + "0" * 64), 401, "not-authenticated")


# The rest -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), [asked for asked in those_with(400) if asked.id.startswith("GET ")])
def test_an_unknown_parameter_is_refused(ask, method, path):
    assert parameters(problem(ask(method, f"{path}?colour=red"), 400, "invalid-input")) == ["colour"]


@pytest.mark.parametrize("path", [f"{CATEGORIES}coffee/", f"{PRODUCTS}kettle/", f"{PRODUCTS}kettle/image/"])
def test_a_deletion_of_a_version_that_is_no_entity_tag_is_refused(staff, shop, path):
    for product in (shop.kettle, shop.grinder) if "categories" in path else ():
        product.delete()
    (error,) = problem(staff.delete(path, headers={"If-Match": "latest"}), 400, "invalid-input")["errors"]
    assert error["header"] == "If-Match"


def test_a_category_cannot_be_replaced_into_its_own_subtree(staff, shop):
    body = {"name": "Kitchen", "description": "", "parent": "coffee"}
    response = staff.put(f"{CATEGORIES}kitchen/", body, headers=etag(staff, f"{CATEGORIES}kitchen/"))
    problem(response, 409, "category-cycle")


def test_a_picture_needs_to_know_which_version(staff, shop):
    problem(upload(staff, "kettle", picture(), If_Match=""), 428, "precondition-required")


def test_a_product_that_is_not_there_has_no_picture_to_delete(staff, shop):
    problem(staff.delete(f"{PRODUCTS}teapot/image/", headers={"If-Match": "*"}), 404, "not-found")


def test_an_account_that_was_signed_out_may_not_register_with_its_token(customer):
    customer.post(f"{AUTH}sign-out/")
    problem(customer.post(f"{AUTH}register/", {}), 401, "not-authenticated")
