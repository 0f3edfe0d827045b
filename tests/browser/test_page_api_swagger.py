"""Swagger UI on a static host: its requests go to the API inside the page."""

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

from hub.source import ROOT

PICTURE = ROOT / "demo_api" / "catalog" / "seed" / "pictures" / "lagoon-speaker.webp"


def open_operation(page: Page, name: str) -> Locator:
    """Open an operation of Swagger UI and make it editable."""
    operation = page.locator(f"#operations-{name}")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    return operation


def execute(operation: Locator, status: int) -> Any:
    """Send it, and return the body of the answer."""
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table tbody")
    expect(answer.locator(".response-col_status")).to_contain_text(str(status))
    return json.loads(answer.locator(".microlight code").first.inner_text())


def close(operation: Locator) -> None:
    operation.locator(".opblock-summary-control").click()


def sign_in(page: Page) -> None:
    """Sign in as the demo staff user and hand the token to Swagger UI."""
    operation = open_operation(page, "auth-sign_in")
    operation.locator("textarea").first.fill('{"username": "demo-staff", "password": "demo-staff-password"}')
    token = execute(operation, 200)["token"]
    close(operation)
    page.locator(".scheme-container").get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").fill(token)
    page.locator(".auth-btn-wrapper .authorize").click()
    page.locator(".auth-btn-wrapper .btn-done").click()


def create_product(page: Page) -> Locator:
    """As staff, create a product with a picture and find it in the list; return the operation of the list."""
    sign_in(page)
    create = open_operation(page, "products-create_product")
    product = {"name": "Tidal Kettle", "category": "kitchen", "price": "42.00", "stock": 3}
    create.locator("textarea").first.fill(json.dumps(product))
    slug = execute(create, 201)["slug"]
    close(create)
    upload = open_operation(page, "products-put_product_image")
    upload.locator("tr[data-param-name='If-Match'] input").fill("*")
    upload.locator("tr[data-param-name='slug'] input").fill(slug)
    upload.locator("input[type=file]").set_input_files(PICTURE)
    assert "/media/products/" in execute(upload, 200)["image"]
    close(upload)
    listing = open_operation(page, "products-list_products")
    listing.locator("tr[data-param-name='search'] input").fill("tidal")
    assert [found["slug"] for found in execute(listing, 200)["results"]] == [slug]
    expect(listing.locator(".nx-pictures img")).to_have_js_property("naturalWidth", 640)
    return listing


def test_staff_create_a_product_with_a_picture_see_it_and_reset_it_away(visit, hosted):
    visit = visit(hosted + "demo-api/try-it/")
    page = visit.page
    listing = create_product(page)
    listing.locator(".nx-swagger__sql summary").click()
    expect(listing.locator(".nx-swagger__sql")).to_contain_text("FROM catalog_product")
    expect(listing.locator(".nx-swagger__sql .nx-plan").first).to_be_visible()

    page.get_by_role("button", name="Reset data").click()
    expect(page.get_by_text("The seeded catalogue is back.").first).to_be_visible()
    page.locator(".scheme-container").get_by_role("button", name="Authorize").click()
    page.locator(".auth-btn-wrapper").get_by_text("Logout").click()  # the token went with the database that made it
    page.locator(".auth-btn-wrapper .btn-done").click()
    listing.get_by_role("button", name="Execute").click()
    expect(listing.locator(".live-responses-table .microlight code").first).to_contain_text('"results": []')

    assert visit.complaints == []
    assert visit.strangers(hosted) == []


def test_swagger_ui_shows_where_the_api_stands(visit, hosted):
    page = visit(hosted + "demo-api/try-it/").page
    expect(page.locator(".servers select")).to_have_value(hosted.rstrip("/"))
