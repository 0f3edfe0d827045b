"""A request is copied as a program of the reader's choice."""

import pytest
from playwright.sync_api import expect

from tests.browser.page_api import console_of

COPIES = {
    "curl": "curl -i 'http://localhost:8000/api/v1/categories/?page_size=2' \\\n  -H 'Accept: application/json'",
    "HTTPie": "http GET 'http://localhost:8000/api/v1/categories/?page_size=2' \\\n  'Accept:application/json'",
    "JavaScript fetch": 'const response = await fetch("http://localhost:8000/api/v1/categories/?page_size=2", {',
    "Python": 'response = requests.get(\n    "http://localhost:8000/api/v1/categories/?page_size=2",',
}


@pytest.mark.parametrize("name", COPIES)
def test_a_request_is_copied_with_the_keyboard(visit, hosted, name):
    page = visit(hosted + "demo-api/", permissions=["clipboard-read", "clipboard-write"]).page
    button = console_of(page).get_by_role("button", name="Copy as")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="curl")).to_be_focused()
    for _ in range(list(COPIES).index(name)):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(console_of(page).get_by_role("status")).to_have_text(f"Copied as {name}.")
    assert COPIES[name] in page.evaluate("navigator.clipboard.readText()")


def test_the_copied_python_is_python(visit, hosted):
    page = visit(hosted + "getting-started/frontend/", permissions=["clipboard-read", "clipboard-write"]).page
    console = page.locator(".nx-console").first
    body = '{"name": "Tidal \\"Kettle\\"", "active": true, "image": null, "tags": ["é", 1.5]}'
    console.get_by_label("Request, editable").fill(f"POST /api/v1/products/\nContent-Type: application/json\n\n{body}")
    console.get_by_role("button", name="Copy as").click()
    page.get_by_role("menuitem", name="Python").click()
    expect(console.get_by_role("status")).to_have_text("Copied as Python.")
    text = page.evaluate("navigator.clipboard.readText()")
    compile(text, "copied", "exec")
    assert '"active": True, "image": None, "tags": ["é", 1.5]' in text
