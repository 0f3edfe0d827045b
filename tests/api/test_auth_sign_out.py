"""POST /api/v1/auth/sign-out/ and sign-out-everywhere/, and GET /api/v1/auth/me/."""

import pytest
from knox.models import AuthToken

from tests.api.world import AUTH, client_of, problem

SIGN_OUT, EVERYWHERE, ME = f"{AUTH}sign-out/", f"{AUTH}sign-out-everywhere/", f"{AUTH}me/"


def test_signing_out_revokes_this_token_and_no_other(clara, stranger):
    phone, laptop = client_of(clara), client_of(clara)

    assert phone.post(SIGN_OUT).status_code == 204

    problem(phone.get(ME), 401, "not-authenticated")
    problem(phone.post(SIGN_OUT), 401, "not-authenticated")
    assert laptop.get(ME).status_code == stranger.get(ME).status_code == 200


def test_signing_out_everywhere_revokes_all_of_ones_own(clara, stranger):
    phone, laptop = client_of(clara), client_of(clara)

    assert phone.post(EVERYWHERE).status_code == 204

    for client in (phone, laptop):
        problem(client.get(ME), 401, "not-authenticated")
    assert stranger.get(ME).status_code == 200
    assert AuthToken.objects.count() == 1


def test_me_is_the_account_of_the_token(customer, staff):
    assert customer.get(ME).json()["username"] == "clara"
    assert customer.get(ME).json()["is_staff"] is False
    assert staff.get(ME).json()["is_staff"] is True
    assert "password" not in staff.get(ME).json()


@pytest.mark.parametrize(("method", "path"), [("post", SIGN_OUT), ("post", EVERYWHERE), ("get", ME)])
def test_strangers_must_sign_in(anonymous, method, path):
    problem(getattr(anonymous, method)(path), 401, "not-authenticated")
