"""POST /api/v1/reservations/: stock is held once, and never more than there is."""

from datetime import datetime, timedelta

import pytest

from demo_api.catalog import services
from demo_api.catalog.models import Product, Reservation
from tests.api.world import PRODUCTS, RESERVATIONS, fingerprint, held, pointers, problem, reserve

# The token (1), the product (1), then one transaction (2): the key, the lock on the account, the count, the stock,
# the row, and the row as it is shown (6).
QUERIES = 10


def stock(product: Product) -> int:
    return Product.objects.get(pk=product.pk).stock


def test_a_reservation_takes_stock_and_says_until_when(customer, shop):
    response = reserve(customer, "kettle", 2)

    assert response.status_code == 201
    made = response.json()
    assert (made["product"], made["quantity"], made["state"]) == ("kettle", 2, "active")
    lasts = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert timedelta(minutes=14) < lasts < timedelta(minutes=16)
    assert response["Location"] == f"http://testserver{RESERVATIONS}{made['id']}/"
    assert customer.get(response["Location"]).json() == made
    assert stock(shop.kettle) == 3
    assert customer.get(f"{PRODUCTS}kettle/").json()["stock"] == 3


@pytest.mark.parametrize("earlier", [0, 15])
def test_it_takes_as_many_queries_however_much_the_account_holds(
    customer, clara, shop, django_assert_num_queries, earlier
):
    for number in range(earlier):
        held(clara, shop.speaker, key=f"earlier-{number}")
    with django_assert_num_queries(QUERIES):
        assert reserve(customer, "kettle").status_code == 201


def test_the_last_item_can_be_reserved(customer, shop):
    assert reserve(customer, "kettle", 5).status_code == 201
    assert stock(shop.kettle) == 0


def test_more_than_there_is_is_refused_and_nothing_is_taken(customer, shop):
    before = fingerprint()
    document = problem(reserve(customer, "kettle", 6), 409, "insufficient-stock")
    assert (document["requested"], document["available"]) == (6, 5)
    assert fingerprint() == before


def test_a_product_that_is_sold_out_cannot_be_reserved(customer, shop):
    assert problem(reserve(customer, "grinder"), 409, "insufficient-stock")["available"] == 0


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("quantity", 0),
        ("quantity", -1),
        ("quantity", 101),
        ("quantity", 1.5),
        ("quantity", "two"),
        ("quantity", None),
        ("product", "teapot"),
        ("product", "prototype"),  # inactive: as good as none
        ("product", None),
        ("product", ["kettle"]),
        ("product", {"slug": "kettle"}),
        ("until", "tomorrow"),
    ],
)
def test_a_bad_member_is_named_and_nothing_is_taken(customer, shop, member, value):
    before = fingerprint()
    body = {"product": "kettle", "quantity": 1} | {member: value}
    response = customer.post(RESERVATIONS, body, headers={"Idempotency-Key": "k"})
    assert pointers(problem(response, 400, "invalid-input")) == [f"/{member}"]
    assert fingerprint() == before


def test_nobody_reserves_without_an_account(anonymous, shop):
    problem(reserve(anonymous, "kettle"), 401, "not-authenticated")


# The key ----------------------------------------------------------------------------------------------------------


def test_the_same_request_three_times_takes_stock_once(customer, shop):
    first, second, third = (reserve(customer, "kettle", 2, key="order-17") for _ in range(3))

    assert first.json() == second.json() == third.json()
    assert {first["Location"], second["Location"], third["Location"]} == {first["Location"]}
    assert [response.status_code for response in (first, second, third)] == [201, 201, 201]
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == third["Idempotent-Replayed"] == "true"
    assert stock(shop.kettle) == 3


@pytest.mark.parametrize("body", [{"product": "kettle", "quantity": 3}, {"product": "speaker", "quantity": 2}])
def test_the_same_key_with_another_request_is_refused(customer, shop, body):
    reserve(customer, "kettle", 2, key="order-17")
    before = fingerprint()
    response = customer.post(RESERVATIONS, body, headers={"Idempotency-Key": "order-17"})
    problem(response, 422, "idempotency-key-reused")
    assert fingerprint() == before


def test_another_account_may_use_the_same_key(customer, stranger, shop):
    assert reserve(customer, "kettle", key="1").json()["id"] != reserve(stranger, "kettle", key="1").json()["id"]


def test_a_replay_shows_the_reservation_as_it_is_now(customer, shop):
    made = reserve(customer, "kettle", 2)
    customer.post(f"{made['Location']}release/")
    again = reserve(customer, "kettle", 2)
    assert (again.json()["id"], again.json()["state"]) == (made.json()["id"], "released")
    assert stock(shop.kettle) == 5


def test_a_replay_is_answered_after_the_product_went_off_sale(customer, shop):
    """The caller lost the first answer; the reservation is there all the same."""
    made = reserve(customer, "kettle", 2)
    Product.objects.filter(slug="kettle").update(is_active=False)
    assert reserve(customer, "kettle", 2).json()["id"] == made.json()["id"]
    problem(reserve(customer, "kettle", 2, key="another"), 400, "invalid-input")


def test_a_refusal_is_not_remembered(customer, shop):
    problem(reserve(customer, "grinder"), 409, "insufficient-stock")
    Product.objects.filter(slug="grinder").update(stock=1)
    assert reserve(customer, "grinder").status_code == 201


@pytest.mark.parametrize("key", [None, "", " ", "two words", "é", "x" * 256, "a\x00b", "\x7f"])
def test_a_missing_or_malformed_key_is_named(customer, shop, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    response = customer.post(RESERVATIONS, {"product": "kettle", "quantity": 1}, headers=headers)
    assert [error["header"] for error in problem(response, 400, "invalid-input")["errors"]] == ["Idempotency-Key"]
    assert stock(shop.kettle) == 5


# The limit --------------------------------------------------------------------------------------------------------


def test_an_account_holds_so_many_reservations_and_no_more(customer, clara, shop):
    for number in range(services.ACTIVE_RESERVATIONS):
        held(clara, shop.speaker, key=f"earlier-{number}")

    document = problem(reserve(customer, "kettle"), 409, "reservation-limit")

    assert document["limit"] == services.ACTIVE_RESERVATIONS
    assert stock(shop.kettle) == 5


def test_closed_reservations_do_not_count(customer, clara, shop):
    for number in range(services.ACTIVE_RESERVATIONS):
        held(clara, shop.speaker, key=f"earlier-{number}")
    Reservation.objects.update(state="released")
    assert reserve(customer, "kettle").status_code == 201


# Races ------------------------------------------------------------------------------------------------------------


def test_a_rival_that_buys_in_the_middle_of_the_call_leaves_nothing_to_oversell(customer, shop, monkeypatch):
    """The rival takes four of five after our request was read and checked. Reading, then writing, would sell seven."""
    take = services.take_stock

    def rival_first(*, product, quantity):
        Product.objects.filter(pk=product.pk).update(stock=1)
        return take(product=product, quantity=quantity)

    monkeypatch.setattr(services, "take_stock", rival_first)
    document = problem(reserve(customer, "kettle", 3), 409, "insufficient-stock")

    assert document["available"] == 1
    assert not Reservation.objects.exists()


def test_a_product_taken_off_sale_in_the_middle_of_the_call_is_not_sold(customer, shop, monkeypatch):
    take = services.take_stock

    def rival_first(*, product, quantity):
        Product.objects.filter(pk=product.pk).update(is_active=False)
        return take(product=product, quantity=quantity)

    monkeypatch.setattr(services, "take_stock", rival_first)
    assert problem(reserve(customer, "kettle"), 409, "insufficient-stock")["available"] == 0


def a_twin_commits_after_we_looked(monkeypatch):
    """Our first look for the key finds nothing, as it would have a moment before the twin's commit."""
    look, first = services.reservation_of_key, [True]
    monkeypatch.setattr(services, "reservation_of_key", lambda *args: None if first and first.pop() else look(*args))


def test_a_twin_of_the_request_that_was_first_gives_its_reservation(customer, clara, shop, monkeypatch):
    twin = held(clara, shop.kettle, key="order-17", quantity=2)
    a_twin_commits_after_we_looked(monkeypatch)

    response = reserve(customer, "kettle", 2, key="order-17")

    assert (response.status_code, response["Idempotent-Replayed"]) == (201, "true")
    assert response.json()["id"] == str(twin.uuid)
    assert stock(shop.kettle) == 5  # what ours had taken went back


def test_a_twin_with_another_request_is_still_refused(customer, clara, shop, monkeypatch):
    held(clara, shop.kettle, key="order-17", quantity=1)
    a_twin_commits_after_we_looked(monkeypatch)
    problem(reserve(customer, "kettle", 2, key="order-17"), 422, "idempotency-key-reused")
    assert stock(shop.kettle) == 5
