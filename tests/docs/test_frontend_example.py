"""The JavaScript that the page for frontend developers shows runs in a browser, from another origin."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from hub.api_server import scratch_server
from tests.docs.pages import DOCS, fenced_code, read

API = "http://127.0.0.1:8000"  # what the page says


class EmptyPage(BaseHTTPRequestHandler):
    """A frontend's development server that has one empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
        """Say nothing."""


@pytest.fixture(scope="module")
def frontend() -> Iterator[int]:
    """The port of a frontend. Not a page that Playwright fulfils: Chromium lets only a local one call a local API."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_port
        running.shutdown()


@pytest.fixture(scope="module")
def api(frontend: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running API with the seeded catalogue, which pages of http://localhost:<port> may call."""
    settings = {"THROTTLING": "", "CORS_ALLOWED_ORIGINS": f"http://localhost:{frontend}"}
    with scratch_server(tmp_path_factory.mktemp("frontend"), settings) as url:
        yield url.rstrip("/")


@pytest.fixture
def tab(chromium: Browser, frontend: int) -> Iterator[Tab]:
    """The frontend's page, at the origin that the API allows."""
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(f"http://localhost:{frontend}/")
    yield tab
    context.close()


def example() -> str:
    """The page's one block of JavaScript."""
    page = read(DOCS / "getting-started" / "frontend.md")
    [code] = [code for language, code in fenced_code(page.body) if language == "js"]
    assert API in code
    return code


def evaluate(tab: Tab, api: str, expression: str) -> object:
    """What an expression gives that may use `call`, the page's function, on this API."""
    result: object = tab.evaluate(f"async () => {{ {example().replace(API, api)}\n return {expression}; }}")
    return result


def test_a_page_reads_products_and_signs_in_from_another_origin(tab: Tab, api: str) -> None:
    assert evaluate(tab, api, '(await call("/products/?page_size=3")).answer.results.length') == 3
    sign_in = 'call("/auth/sign-in/", { method: "POST", body: { username: "demo", password: "demo-password" } })'
    me = f'(await call("/auth/me/", {{ token: (await {sign_in}).answer.token }})).answer.username'
    assert evaluate(tab, api, me) == "demo"


def test_a_page_changes_a_product_with_the_entity_tag_it_read(tab: Tab, api: str) -> None:
    account = '{ username: "demo-staff", password: "demo-staff-password" }'
    sign_in = f'call("/auth/sign-in/", {{ method: "POST", body: {account} }})'
    tag = '(await call("/products/almanac-notebook/")).etag'
    token, headers = f"(await {sign_in}).answer.token", f'{{ "If-Match": {tag} }}'
    sent = f'{{ method: "PATCH", token: {token}, headers: {headers}, body: {{ stock: 12 }} }}'
    assert evaluate(tab, api, f'(await call("/products/almanac-notebook/", {sent})).answer.stock') == 12


def test_an_error_carries_its_problem_document(tab: Tab, api: str) -> None:
    problem = 'await call("/products/?page_size=0").catch((error) => error.problem)'
    assert evaluate(tab, api, f"({problem}).errors[0].parameter") == "page_size"


def test_a_page_of_an_origin_that_is_not_allowed_reads_nothing(tab: Tab, api: str, frontend: int) -> None:
    tab.goto(f"http://127.0.0.1:{frontend}/")
    failed = 'await call("/products/").then(() => "read", (error) => error.name)'
    assert evaluate(tab, api, failed) == "TypeError"  # what fetch says when CORS refuses
