"""GET /api/v1/reservations/ and /api/v1/reservations/{id}/: one's own, and nobody else's."""

from uuid import uuid4

import pytest

from tests.api.world import RESERVATIONS, held, parameters, problem, reserve


def test_the_list_holds_ones_own_newest_first(customer, stranger, shop):
    reserve(stranger, "speaker", key="theirs")
    first, second = (reserve(customer, "kettle", key=key).json() for key in ("1", "2"))
    assert customer.get(RESERVATIONS).json()["results"] == [second, first]


@pytest.mark.parametrize("rows", [10, 200])
def test_the_number_of_queries_does_not_depend_on_rows(customer, clara, shop, django_assert_num_queries, rows):
    for number in range(rows):
        held(clara, shop.speaker, key=str(number))
    with django_assert_num_queries(4):  # the token, two for when it changed last, the rows with their products
        assert len(customer.get(RESERVATIONS, {"page_size": 100}).json()["results"]) == min(rows, 100)


def test_the_list_takes_pages_and_nothing_else(customer):
    document = problem(customer.get(f"{RESERVATIONS}?state=active"), 400, "invalid-input")
    assert parameters(document) == ["state"]


def test_other_peoples_do_not_exist_not_even_for_staff(customer, stranger, staff, shop):
    location = reserve(customer, "kettle")["Location"]
    for other in (stranger, staff):
        problem(other.get(location), 404, "not-found")
        problem(other.post(f"{location}release/"), 404, "not-found")
        assert other.get(RESERVATIONS).json()["results"] == []
    assert customer.get(location).json()["state"] == "active"


@pytest.mark.parametrize("path", [str(uuid4()), "1", "kettle", str(uuid4()).upper()])
def test_an_unknown_one_is_a_404(customer, path):
    problem(customer.get(f"{RESERVATIONS}{path}/"), 404, "not-found")


@pytest.mark.parametrize("path", [RESERVATIONS, f"{RESERVATIONS}{uuid4()}/"])
def test_strangers_must_sign_in(anonymous, path):
    problem(anonymous.get(path), 401, "not-authenticated")
