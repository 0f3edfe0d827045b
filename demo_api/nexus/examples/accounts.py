"""The exchanges of `/api/v1/auth/`."""

from demo_api.nexus.examples.exchange import CUSTOMER, Exchange

AUTH = "/api/v1/auth/"
REGISTRATION = {"username": "amina", "password": "correct horse battery", "email": "amina@example.org"}
CREDENTIALS = {"username": "demo", "password": "demo-password"}
WRONG = {"username": "demo", "password": "a guess"}

OF_ACCOUNTS = [
    Exchange("register", "A new account", f"POST {AUTH}register/", 201, body=REGISTRATION),
    Exchange(
        "register",
        "A taken name and a weak password",
        f"POST {AUTH}register/",
        400,
        body={"username": "demo", "password": "12345"},
    ),
    Exchange("sign_in", "A customer", f"POST {AUTH}sign-in/", 200, body=CREDENTIALS),
    Exchange("sign_in", "The password is missing", f"POST {AUTH}sign-in/", 400, body={"username": "demo"}),
    Exchange("sign_in", "The wrong password", f"POST {AUTH}sign-in/", 401, body=WRONG),
    Exchange("sign_in", "Too many tries", f"POST {AUTH}sign-in/", 429, body=WRONG, repeated=True),
    Exchange("me", "The account of the token", f"GET {AUTH}me/", 200, by=CUSTOMER),
    Exchange("me", "Not signed in", f"GET {AUTH}me/", 401),
    Exchange("sign_out", "Signed out", f"POST {AUTH}sign-out/", 204, by=CUSTOMER),
    Exchange("sign_out", "Signed out before", f"POST {AUTH}sign-out/", 401, given="a revoked token"),
    Exchange("sign_out_everywhere", "Signed out everywhere", f"POST {AUTH}sign-out-everywhere/", 204, by=CUSTOMER),
]
