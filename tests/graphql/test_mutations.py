"""Writes over GraphQL: the same services as REST, and every refusal as a type with its facts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from demo_api.catalog import services
from demo_api.catalog.models import Category, Product, Reservation
from demo_api.nexus.problem_types import PROBLEM_TYPES
from tests.api.world import fingerprint, held
from tests.graphql.world import ask

PROBLEM = "__typename ... on Problem { type title status detail }"
RESERVE = f"""mutation ($product: String!, $quantity: Int!, $key: String!) {{
  reserve(product: $product, quantity: $quantity, idempotencyKey: $key) {{
    ... on Reserved {{ replayed reservation {{ id productSlug quantity state product {{ stock }} }} }}
    ... on InvalidInput {{ errors {{ pointer code }} }}
    ... on InsufficientStock {{ requested available }}
    ... on ReservationLimit {{ limit }}
    {PROBLEM}
  }}
}}"""
CREATE = f"""mutation ($input: ProductInput!) {{
  createProduct(input: $input) {{
    ... on Product {{ slug name price currency stock isActive category {{ slug }} version }}
    ... on InvalidInput {{ errors {{ pointer detail }} }}
    {PROBLEM}
  }}
}}"""
UPDATE = f"""mutation ($slug: String!, $version: String!, $changes: ProductChanges!) {{
  updateProduct(slug: $slug, version: $version, changes: $changes) {{
    ... on Product {{ slug name price stock version }}
    ... on InvalidInput {{ errors {{ pointer detail }} }}
    ... on PreconditionFailed {{ currentVersion }}
    {PROBLEM}
  }}
}}"""
DELETE = f"""mutation ($slug: String!, $version: String!) {{
  deleteProduct(slug: $slug, version: $version) {{
    ... on Deleted {{ slug }}
    ... on ProductReserved {{ reservations }}
    {PROBLEM}
  }}
}}"""
CREATE_CATEGORY = f"""mutation ($input: CategoryInput!) {{
  createCategory(input: $input) {{
    ... on Category {{ slug parent {{ slug }} }} ... on InvalidInput {{ errors {{ pointer }} }} {PROBLEM}
  }}
}}"""
UPDATE_CATEGORY = f"""mutation ($slug: String!, $version: String!, $changes: CategoryChanges!) {{
  updateCategory(slug: $slug, version: $version, changes: $changes) {{
    ... on Category {{ slug name parent {{ slug }} }} {PROBLEM}
  }}
}}"""
DELETE_CATEGORY = f"""mutation ($slug: String!, $version: String!) {{
  deleteCategory(slug: $slug, version: $version) {{
    ... on Deleted {{ slug }} ... on CategoryInUse {{ products categories }} {PROBLEM}
  }}
}}"""
MUG = {"name": "Mug", "price": "12.00", "category": "coffee"}


def is_problem(answer, kind, slug):
    """Asserts that this is a problem of the schema, whole and consistent with the register, and gives it."""
    assert answer["__typename"] == kind, answer
    registered = PROBLEM_TYPES[slug]
    assert (answer["type"], answer["title"], answer["status"]) == (registered.uri, registered.title, registered.status)
    assert answer["detail"]
    return answer


def version(client, kind, slug):
    return ask(client, f'{{ {kind}(slug: "{slug}") {{ version }} }}')[kind]["version"]


# Reservations -----------------------------------------------------------------------------------------------------


def reserve(client, product="kettle", quantity=1, key="key-1"):
    return ask(client, RESERVE, product=product, quantity=quantity, key=key)["reserve"]


def test_reserving_takes_the_stock(customer, shop):
    made = reserve(customer, quantity=2)
    assert (made["__typename"], made["replayed"]) == ("Reserved", False)
    assert made["reservation"]["product"] == {"stock": 3}
    assert made["reservation"] | {"id": "", "product": None} == {
        "id": "",
        "productSlug": "kettle",
        "quantity": 2,
        "state": "ACTIVE",
        "product": None,
    }


def test_the_same_key_takes_nothing_more(customer, shop):
    first, second = reserve(customer), reserve(customer)
    assert second["replayed"]
    assert first["reservation"]["id"] == second["reservation"]["id"]
    assert Product.objects.get(slug="kettle").stock == 4


def test_the_same_key_for_something_else_is_refused(customer, shop):
    reserve(customer)
    is_problem(reserve(customer, quantity=2), "IdempotencyKeyReused", "idempotency-key-reused")


def test_too_little_stock_says_how_much_there_is(customer, shop):
    found = is_problem(reserve(customer, quantity=6), "InsufficientStock", "insufficient-stock")
    assert (found["requested"], found["available"]) == (6, 5)


def test_an_account_holds_so_many_and_no_more(customer, clara, shop):
    for number in range(services.ACTIVE_RESERVATIONS):
        held(clara, shop.speaker, key=f"held-{number}")
    found = is_problem(reserve(customer), "ReservationLimit", "reservation-limit")
    assert found["limit"] == services.ACTIVE_RESERVATIONS


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        ({"product": "teapot"}, "/product"),
        ({"product": "prototype"}, "/product"),
        ({"quantity": 0}, "/quantity"),
        ({"quantity": 101}, "/quantity"),
        ({"key": ""}, "/idempotencyKey"),
        ({"key": "two words"}, "/idempotencyKey"),
        ({"key": "k" * 256}, "/idempotencyKey"),
    ],
)
def test_an_argument_that_is_not_acceptable_is_named(customer, shop, arguments, pointer):
    before = fingerprint()
    found = is_problem(reserve(customer, **arguments), "InvalidInput", "invalid-input")
    assert [fault["pointer"] for fault in found["errors"]] == [pointer]
    assert fingerprint() == before


RELEASE = f"mutation ($id: ID!) {{ release(id: $id) {{ ... on Reservation {{ state }} {PROBLEM} }} }}"


def test_releasing_gives_the_stock_back_once(customer, shop):
    made = reserve(customer, quantity=2)["reservation"]["id"]
    for _ in range(2):
        assert ask(customer, RELEASE, id=made)["release"]["state"] == "RELEASED"
    assert Product.objects.get(slug="kettle").stock == 5


@pytest.mark.parametrize("which", ["theirs", "00000000-0000-4000-8000-000000000000", "1", "", "x" * 5000])
def test_a_reservation_of_somebody_else_is_as_good_as_none(customer, stranger, shop, which):
    which = reserve(stranger)["reservation"]["id"] if which == "theirs" else which
    is_problem(ask(customer, RELEASE, id=which)["release"], "NotFound", "not-found")
    assert not Reservation.objects.exclude(state="active").exists()


def test_the_own_list_is_the_newest_first_and_nobody_elses(customer, stranger, clara, shop):
    reserve(stranger, key="theirs")
    held(clara, shop.kettle, key="old")
    Reservation.objects.filter(user=clara).update(created_at=timezone.now() - timedelta(days=1))
    reserve(customer, product="speaker", key="new")
    document = "{ reservations { edges { node { productSlug } } } }"
    edges = ask(customer, document)["reservations"]["edges"]
    assert [edge["node"]["productSlug"] for edge in edges] == ["speaker", "kettle"]


def test_a_product_taken_off_sale_is_named_and_not_shown(customer, staff, clara, shop):
    held(clara, shop.kettle, key="k")
    Product.objects.filter(slug="kettle").update(is_active=False)
    document = "{ reservations { edges { node { productSlug product { name } } } } }"
    (edge,) = ask(customer, document)["reservations"]["edges"]
    assert edge["node"] == {"productSlug": "kettle", "product": None}


# Products ---------------------------------------------------------------------------------------------------------


def test_staff_create_a_product(staff, shop):
    made = ask(staff, CREATE, input=MUG)["createProduct"]
    assert made.pop("version")
    assert made == {
        "__typename": "Product",
        "slug": "mug",
        "name": "Mug",
        "price": "12.00",
        "currency": "EUR",
        "stock": 0,
        "isActive": True,
        "category": {"slug": "coffee"},
    }


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"category": "boats"}, ["/input/category"]),
        ({"slug": "kettle"}, ["/input/slug"]),
        ({"slug": ""}, ["/input/slug"]),
        ({"slug": "Not a slug"}, ["/input/slug"] * 2),
        ({"name": ""}, ["/input/name"]),
        ({"name": "x" * 121}, ["/input/name"]),
        ({"price": "-1.00"}, ["/input/price"]),
        ({"stock": -1}, ["/input/stock"]),
        ({"stock": 1_000_001}, ["/input/stock"]),
        ({"description": "x" * 2001}, ["/input/description"]),
    ],
)
def test_input_that_the_rules_refuse_is_named(staff, shop, change, pointers):
    before = fingerprint()
    found = is_problem(ask(staff, CREATE, input=MUG | change)["createProduct"], "InvalidInput", "invalid-input")
    assert [fault["pointer"] for fault in found["errors"]] == pointers
    assert fingerprint() == before


def test_a_change_sets_what_is_given_and_leaves_the_rest(staff, shop):
    now = version(staff, "product", "kettle")
    changed = ask(staff, UPDATE, slug="kettle", version=now, changes={"price": "80.00"})["updateProduct"]
    assert (changed["price"], changed["name"], changed["stock"]) == ("80.00", "Heron Kettle", 5)
    assert changed["version"] == version(staff, "product", "kettle") != now


def test_a_change_of_an_older_version_is_refused(staff, customer, shop):
    seen = version(staff, "product", "kettle")
    reserve(customer)  # the stock moves
    found = ask(staff, UPDATE, slug="kettle", version=seen, changes={"stock": 50})["updateProduct"]
    is_problem(found, "PreconditionFailed", "precondition-failed")
    assert found["currentVersion"] == version(staff, "product", "kettle")
    assert Product.objects.get(slug="kettle").stock == 4


@pytest.mark.parametrize("changes", [{"name": None}, {"price": None}, {"category": None}, {"category": "boats"}])
def test_a_change_to_nothing_is_refused(staff, shop, changes):
    found = ask(staff, UPDATE, slug="kettle", version="any", changes=changes)["updateProduct"]
    is_problem(found, "InvalidInput", "invalid-input")
    assert found["errors"][0]["pointer"] == f"/changes/{next(iter(changes))}"


def test_deleting_needs_the_version_and_no_reservation(staff, customer, shop):
    found = ask(staff, DELETE, slug="kettle", version="0" * 32)["deleteProduct"]
    is_problem(found, "PreconditionFailed", "precondition-failed")
    reserve(customer)
    found = ask(staff, DELETE, slug="kettle", version=version(staff, "product", "kettle"))["deleteProduct"]
    assert is_problem(found, "ProductReserved", "product-reserved")["reservations"] == 1
    found = ask(staff, DELETE, slug="speaker", version=version(staff, "product", "speaker"))["deleteProduct"]
    assert found == {"__typename": "Deleted", "slug": "speaker"}
    assert not Product.objects.filter(slug="speaker").exists()


def test_what_is_not_there_cannot_be_changed(staff, shop):
    is_problem(ask(staff, UPDATE, slug="no", version="x", changes={})["updateProduct"], "NotFound", "not-found")
    is_problem(ask(staff, DELETE, slug="no", version="x")["deleteProduct"], "NotFound", "not-found")


# Categories -------------------------------------------------------------------------------------------------------


def test_staff_create_move_and_delete_a_category(staff, shop):
    made = ask(staff, CREATE_CATEGORY, input={"name": "Tea", "parent": "kitchen"})["createCategory"]
    assert made == {"__typename": "Category", "slug": "tea", "parent": {"slug": "kitchen"}}
    now = version(staff, "category", "tea")
    moved = ask(staff, UPDATE_CATEGORY, slug="tea", version=now, changes={"parent": None})["updateCategory"]
    assert moved["parent"] is None
    now = version(staff, "category", "tea")
    assert ask(staff, DELETE_CATEGORY, slug="tea", version=now)["deleteCategory"]["slug"] == "tea"
    assert not Category.objects.filter(slug="tea").exists()


def test_a_category_cannot_stand_below_itself(staff, shop):
    now = version(staff, "category", "kitchen")
    found = ask(staff, UPDATE_CATEGORY, slug="kitchen", version=now, changes={"parent": "coffee"})["updateCategory"]
    is_problem(found, "CategoryCycle", "category-cycle")


def test_a_category_that_holds_something_stays(staff, shop):
    now = version(staff, "category", "kitchen")
    found = ask(staff, DELETE_CATEGORY, slug="kitchen", version=now)["deleteCategory"]
    is_problem(found, "CategoryInUse", "category-in-use")
    assert (found["products"], found["categories"]) == (0, 1)


def test_several_writes_run_in_order_and_each_stands_alone(staff, shop):
    document = f"""mutation {{
      a: createCategory(input: {{name: "Tea"}}) {{ {PROBLEM} }}
      b: createCategory(input: {{name: "Tea", slug: "tea"}}) {{ {PROBLEM} }}
      c: createCategory(input: {{name: "Tea", parent: "tea"}}) {{
        {PROBLEM} ... on Category {{ slug parent {{ slug }} }}
      }}
    }}"""
    found = ask(staff, document)
    assert found["a"]["__typename"] == "Category"
    is_problem(found["b"], "InvalidInput", "invalid-input")
    assert (found["c"]["slug"], found["c"]["parent"]) == ("tea-2", {"slug": "tea"})
