"""POST /api/v1/auth/register/."""

import pytest
from django.contrib.auth import password_validation
from django.contrib.auth.models import User

from demo_api.accounts import services
from tests.api.world import AUTH, PASSWORD, fingerprint, person, pointers, problem

REGISTER = f"{AUTH}register/"
DORA = {"username": "dora", "password": PASSWORD, "email": "dora@example.org"}


def test_anyone_registers_a_customer(anonymous):
    response = anonymous.post(REGISTER, DORA)

    assert response.status_code == 201
    account = response.json()
    assert account == {
        "username": "dora",
        "email": "dora@example.org",
        "is_staff": False,
        "date_joined": account["date_joined"],
    }
    assert anonymous.post(f"{AUTH}sign-in/", {"username": "dora", "password": PASSWORD}).status_code == 200


def test_an_address_is_not_needed(anonymous):
    assert anonymous.post(REGISTER, {"username": "dora", "password": PASSWORD}).json()["email"] == ""


def test_the_password_is_hashed_at_rest(anonymous):
    anonymous.post(REGISTER, DORA)
    assert PASSWORD not in User.objects.get().password


@pytest.mark.parametrize("member", ["is_staff", "is_superuser", "groups", "id"])
def test_nobody_makes_themselves_staff(anonymous, member):
    document = problem(anonymous.post(REGISTER, DORA | {member: True}), 400, "invalid-input")
    assert pointers(document) == [f"/{member}"]
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["clara", "CLARA", " clara "])
def test_a_taken_name_is_refused_whatever_its_case(anonymous, clara, username):
    """Two accounts that differ in case only are a way to be taken for somebody else."""
    document = problem(anonymous.post(REGISTER, DORA | {"username": username}), 400, "invalid-input")
    assert pointers(document) == ["/username"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("username", ""),
        ("username", "two words"),
        ("username", "x" * 151),
        ("username", "<b>"),
        ("username", None),
        ("username", ["dora"]),
        ("password", "short"),
        ("password", "password"),
        ("password", "18446744073709551616"),
        ("password", "dora-dora"),
        ("password", ""),
        ("password", "x" * 257),
        ("email", "not an address"),
        ("email", "x" * 250 + "@example.org"),
    ],
)
def test_a_bad_member_is_named_and_no_account_is_made(anonymous, member, value):
    before = fingerprint()
    body = DORA | {"username": "dora-dora"} | {member: value}
    document = problem(anonymous.post(REGISTER, body), 400, "invalid-input")
    assert set(pointers(document)) == {f"/{member}"}
    assert fingerprint() == before


def test_a_refused_password_is_not_repeated(anonymous):
    """An answer may end up in a log."""
    response = anonymous.post(REGISTER, DORA | {"password": "dragon1"})
    assert b"dragon1" not in response.content


def test_a_rival_that_takes_the_name_first_is_a_400_and_not_a_500(anonymous, monkeypatch):
    validate = password_validation.validate_password

    def rival_first(password, user):
        person("dora")
        return validate(password, user)

    monkeypatch.setattr(services, "validate_password", rival_first)
    document = problem(anonymous.post(REGISTER, DORA), 400, "invalid-input")
    assert pointers(document) == ["/username"]
