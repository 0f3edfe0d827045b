"""A long job in the page: the web worker loads it in slices between the reader's requests, which see it move."""

import time

from tests.browser.page_api import ask, body_of, console_of

ROWS = 6000
PATIENCE = 60  # seconds


SEND = """async ([client, url, token, text]) => {
  const { pageApi } = await import(client); // the page's own: typing so long a file would take a minute
  const headers = Object.entries({
    Authorization: `Bearer ${token}`, "Content-Type": "text/csv", "Idempotency-Key": "cups",
  });
  const answer = await pageApi.request({ method: "POST", url, headers, body: new TextEncoder().encode(text) });
  return [answer.status, JSON.parse(new TextDecoder().decode(answer.body)).id];
}"""


def test_polling_an_import_shows_its_progress(visit, hosted):
    page = visit(hosted + "demo-api/").page
    console = console_of(page)
    account = '{"username": "demo-staff", "password": "demo-staff-password"}'
    signed_in = body_of(ask(console, f"POST /api/v1/auth/sign-in/\nContent-Type: application/json\n\n{account}"))
    token = signed_in["token"]
    rows = "".join(f"cup-{number},Cup {number},9.50,kitchen\n" for number in range(ROWS))
    client = hosted + "assets/js/page-api/client.js"

    sent = [client, f"{hosted}api/v1/imports/", token, f"slug,name,price,category\n{rows}"]
    status, job = page.evaluate(SEND, sent)
    assert status == 202
    seen = []
    deadline = time.monotonic() + PATIENCE
    while not seen or seen[-1]["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, seen[-1]
        seen.append(body_of(ask(console, f"GET /api/v1/imports/{job}/\nAuthorization: Bearer {token}")))

    last = seen[-1]
    assert (last["state"], last["progress"], last["rows"]["created"]) == ("succeeded", 1, ROWS)
    assert last["errors_url"].startswith(f"{hosted}api/v1/imports/")
    assert any(0 < document["progress"] < 1 for document in seen), "no request got in between two slices"
    assert [document["progress"] for document in seen] == sorted(document["progress"] for document in seen)
