"""A long job in the page: the web worker loads it in slices between the reader's requests, which see it move."""

import time

from playwright.sync_api import expect

from tests.browser.page_api import ask, body_of, console_of

ROWS = 6000
PATIENCE = 60  # seconds


def test_polling_an_import_shows_its_progress(visit, hosted):
    console = console_of(visit(hosted + "demo-api/").page)
    account = '{"username": "demo-staff", "password": "demo-staff-password"}'
    signed_in = body_of(ask(console, f"POST /api/v1/auth/sign-in/\nContent-Type: application/json\n\n{account}"))
    token = f"Authorization: Bearer {signed_in['token']}"
    rows = "\n".join(f"cup-{number},Cup {number},9.50,kitchen" for number in range(ROWS))
    head = f"POST /api/v1/imports/\n{token}\nContent-Type: text/csv\nIdempotency-Key: cups"

    ask(console, f"{head}\n\nslug,name,price,category\n{rows}\n")
    expect(console.locator(".nx-status")).to_have_text("202 Accepted")
    address = f"/api/v1/imports/{body_of(console)['id']}/"
    seen = []
    deadline = time.monotonic() + PATIENCE
    while not seen or seen[-1]["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, seen[-1]
        seen.append(body_of(ask(console, f"GET {address}\n{token}")))

    last = seen[-1]
    assert (last["state"], last["progress"], last["rows"]["created"]) == ("succeeded", 1, ROWS)
    assert last["errors_url"].startswith(f"{hosted}api/v1/imports/")
    assert any(0 < document["progress"] < 1 for document in seen), "no request got in between two slices"
    assert [document["progress"] for document in seen] == sorted(document["progress"] for document in seen)
