"""The exchanges of `/api/v1/reservations/`."""

from typing import Any

from demo_api.nexus.examples.exchange import CUSTOMER, UNKNOWN_ID, Exchange

RESERVATIONS = "/api/v1/reservations/"
RESERVATION = "/api/v1/reservations/{reservation}/"
KEY = {"Idempotency-Key": "order-2041-line-1"}
MUGS: dict[str, Any] = {"product": "klippa-stoneware-mug", "quantity": 2}

OF_RESERVATIONS = [
    Exchange(
        "create_reservation",
        "Two mugs, held for a while",
        f"POST {RESERVATIONS}",
        201,
        by=CUSTOMER,
        headers=KEY,
        body=MUGS,
    ),
    Exchange(
        "create_reservation",
        "The same request again",
        f"POST {RESERVATIONS}",
        201,
        by=CUSTOMER,
        headers=KEY,
        body=MUGS,
        given="a reservation",
    ),
    Exchange("create_reservation", "No Idempotency-Key", f"POST {RESERVATIONS}", 400, by=CUSTOMER, body=MUGS),
    Exchange("create_reservation", "Not signed in", f"POST {RESERVATIONS}", 401, headers=KEY, body=MUGS),
    Exchange(
        "create_reservation",
        "Not enough left",
        f"POST {RESERVATIONS}",
        409,
        by=CUSTOMER,
        headers=KEY,
        body={"product": "forte-studio-microphone", "quantity": 3},
    ),
    Exchange(
        "create_reservation",
        "Too many reservations",
        f"POST {RESERVATIONS}",
        409,
        by=CUSTOMER,
        headers=KEY,
        body=MUGS,
        given="twenty reservations",
    ),
    Exchange(
        "create_reservation",
        "The key of another request",
        f"POST {RESERVATIONS}",
        422,
        by=CUSTOMER,
        headers=KEY,
        body=MUGS | {"quantity": 5},
        given="a reservation",
    ),
    Exchange("list_reservations", "One reservation", f"GET {RESERVATIONS}", 200, by=CUSTOMER, given="a reservation"),
    Exchange("list_reservations", "Not signed in", f"GET {RESERVATIONS}", 401),
    Exchange(
        "read_reservation", "A reservation of your own", f"GET {RESERVATION}", 200, by=CUSTOMER, given="a reservation"
    ),
    Exchange("read_reservation", "Not one of yours", f"GET {RESERVATIONS}{UNKNOWN_ID}/", 404, by=CUSTOMER),
    Exchange("release_reservation", "Released", f"POST {RESERVATION}release/", 200, by=CUSTOMER, given="a reservation"),
    Exchange("release_reservation", "Not one of yours", f"POST {RESERVATIONS}{UNKNOWN_ID}/release/", 404, by=CUSTOMER),
]
