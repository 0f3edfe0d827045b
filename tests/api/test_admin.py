"""The admin as catalogue staff meet it: lists, forms that say what is wrong, and no way round the services' rules."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demo_api.catalog import services
from demo_api.catalog.models import Category, Deletion, Product, Reservation
from tests.api.world import fill, picture

PRODUCTS, CATEGORIES = "/admin/catalog/product/", "/admin/catalog/category/"
RESERVATIONS = "/admin/catalog/reservation/"


@pytest.fixture
def desk(admin_client: Client) -> Client:
    """A browser in which a member of the catalogue staff is signed in."""
    return admin_client


def reserve(product: Product, quantity: int = 1, key: str = "a-key") -> Reservation:
    clara, _ = User.objects.get_or_create(username="clara")
    return services.reserve(user=clara, product=product, quantity=quantity, key=key)[0]


def photo(kind: str = "PNG", **options: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"shot.{kind.lower()}", picture(kind, **options))


def image_of(product: Product) -> str:
    """The stored name of the product's picture as it is now; "" without one."""
    return str(Product.objects.get(pk=product.pk).image.name or "")


def sent_back(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    """What a browser sends when the form at this address is saved with these changes."""
    form = client.get(address).context["adminform"].form
    data = {}
    for field in form:
        value = field.value()
        data[field.html_name] = "" if value is None else value
        if field.field.show_hidden_initial:
            data[field.html_initial_name] = data[field.html_name]
    data.pop("image", None)
    return {name: value for name, value in (data | changes).items() if value is not False}


def problems(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200, response
    return dict(response.context["adminform"].form.errors)


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# Who may enter ----------------------------------------------------------------------------------------------------


def test_a_customer_is_sent_to_the_sign_in_page(client, shop):
    client.force_login(User.objects.create_user("clara"))
    assert client.get(PRODUCTS).status_code == 302


def test_tokens_have_no_page(desk):
    assert desk.get("/admin/knox/authtoken/").status_code == 404


# Lists ------------------------------------------------------------------------------------------------------------


def test_the_product_list_shows_picture_path_price_and_stock(desk, shop):
    services.set_product_image(product=shop.kettle, data=picture())
    page = desk.get(PRODUCTS).content.decode()
    shop.kettle.refresh_from_db()
    assert f'<img src="{shop.kettle.image.url}" height="44" alt="Heron Kettle"' in page
    assert "Kitchen / Coffee" in page
    assert "79.00 EUR" in page


@pytest.mark.parametrize("address", [PRODUCTS, f"{PRODUCTS}?category=kitchen", CATEGORIES, RESERVATIONS])
def test_a_list_costs_as_many_queries_with_forty_rows_as_with_four(desk, shop, address):
    """Session, account, the page's rows and their count, the paths of the categories, and the filters' own."""
    reserve(shop.kettle)
    few = queries_of(desk, address)
    fill(shop.coffee, 40)
    for number in range(10):
        Category.objects.create(slug=f"shelf-{number}", name=f"Shelf {number}", parent=shop.coffee)
        reserve(shop.speaker, key=f"key-{number}")
    assert queries_of(desk, address) == few
    assert few <= 9


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("category=kitchen", {"kettle", "grinder"}),  # with what stands below it
        ("category=audio", {"speaker", "prototype"}),
        ("category=nowhere", set()),
        ("in_stock=true", {"kettle", "speaker", "prototype"}),
        ("in_stock=false", {"grinder"}),
        ("is_active__exact=0", {"prototype"}),
        ("q=heron", {"kettle"}),
        ("q=heron+speaker", set()),
    ],
)
def test_the_product_list_can_be_narrowed(desk, shop, query, found):
    rows = desk.get(f"{PRODUCTS}?{query}").context["cl"].result_list
    assert {row.slug for row in rows} == found


def test_the_category_filter_is_indented_like_the_tree(desk, shop):
    assert "\u2003Coffee" in desk.get(PRODUCTS).content.decode()


def test_a_category_is_found_by_name_and_shown_by_path(desk, shop):
    query = "term=cof&app_label=catalog&model_name=product&field_name=category"
    found = desk.get(f"{CATEGORIES}paths/?{query}").json()["results"]
    assert found == [{"id": str(shop.coffee.pk), "text": "Kitchen / Coffee"}]


def test_products_are_put_on_and_off_sale_together(desk, shop):
    chosen = {"_selected_action": [shop.kettle.pk, shop.prototype.pk]}
    answer = desk.post(PRODUCTS, {"action": "take_off_sale", **chosen}, follow=True)
    assert said(answer) == "1 product(s) taken off sale."
    assert not Product.objects.get(pk=shop.kettle.pk).is_active
    desk.post(PRODUCTS, {"action": "put_on_sale", **chosen})
    assert Product.objects.get(pk=shop.prototype.pk).is_active


# Saving a product -------------------------------------------------------------------------------------------------


def new_product(category: Category, **changes: Any) -> dict[str, Any]:
    data = {"name": "Travel Mug", "slug": "travel-mug", "category": category.pk, "price": "12.50", "currency": "EUR"}
    return data | {"stock": "4", "is_active": "on"} | changes


def test_a_product_is_added_with_its_picture(desk, shop):
    answer = desk.post(f"{PRODUCTS}add/", new_product(shop.coffee, image=photo("JPEG", comment=b"secret")))
    assert answer.status_code == 302, problems(answer)
    mug = Product.objects.get(slug="travel-mug")
    assert (str(mug.price), mug.stock, mug.category) == ("12.50", 4, shop.coffee)
    assert image_of(mug).startswith("products/")
    assert "shot" not in image_of(mug)
    with default_storage.open(image_of(mug)) as stored:
        assert b"secret" not in stored.read()  # written again, without metadata


@pytest.mark.parametrize(
    ("upload", "reason"),
    [
        (SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "none of them"),
        (photo("GIF"), "none of them"),
        (SimpleUploadedFile("a.png", picture() + b"<script>"), "after the end"),
    ],
)
def test_a_picture_that_is_refused_is_an_error_beside_the_field(desk, shop, upload, reason):
    answer = desk.post(f"{PRODUCTS}add/", new_product(shop.coffee, image=upload))
    assert reason in problems(answer)["image"][0]
    assert not Product.objects.filter(slug="travel-mug").exists()


def test_a_bad_price_is_an_error_beside_the_field(desk, shop):
    assert "price" in problems(desk.post(f"{PRODUCTS}add/", new_product(shop.coffee, price="-1")))


def test_saving_a_description_does_not_put_the_old_stock_back(desk, shop):
    address = f"{PRODUCTS}{shop.kettle.pk}/change/"
    form = sent_back(desk, address, description="Pours slowly.")
    reserve(shop.kettle, quantity=2)  # while the page stands open
    assert desk.post(address, form).status_code == 302
    shop.kettle.refresh_from_db()
    assert (shop.kettle.description, shop.kettle.stock) == ("Pours slowly.", 3)


def test_a_number_that_moved_meanwhile_is_not_overwritten(desk, shop):
    address = f"{PRODUCTS}{shop.kettle.pk}/change/"
    form = sent_back(desk, address, stock="10")
    reserve(shop.kettle, quantity=2)
    assert "Somebody changed this" in problems(desk.post(address, form))["stock"][0]
    assert Product.objects.get(pk=shop.kettle.pk).stock == 3


def test_the_slug_of_a_product_stays(desk, shop):
    address = f"{PRODUCTS}{shop.kettle.pk}/change/"
    assert desk.post(address, sent_back(desk, address, slug="other", name="Other")).status_code == 302
    shop.kettle.refresh_from_db()
    assert (shop.kettle.slug, shop.kettle.name) == ("kettle", "Other")


def test_a_picture_is_replaced_and_taken_away(desk, shop, django_capture_on_commit_callbacks):
    address = f"{PRODUCTS}{shop.kettle.pk}/change/"
    assert desk.post(address, sent_back(desk, address, image=photo())).status_code == 302
    first = image_of(shop.kettle)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(address, sent_back(desk, address, image=photo("WEBP")))
    second = image_of(shop.kettle)
    assert second.endswith(".webp")
    assert not default_storage.exists(first)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(address, sent_back(desk, address, **{"image-clear": "on"}))
    assert image_of(shop.kettle) == ""
    assert not default_storage.exists(second)


# Deleting a product -----------------------------------------------------------------------------------------------


def test_deleting_a_product_leaves_a_record(desk, shop):
    services.release(reservation=reserve(shop.kettle))  # one that is closed is no obstacle
    address = f"{PRODUCTS}{shop.kettle.pk}/delete/"
    assert "Heron Kettle" in desk.get(address).content.decode()
    desk.post(address, {"post": "yes"})
    assert not Product.objects.filter(slug="kettle").exists()
    assert Deletion.objects.filter(kind="product", slug="kettle").exists()


def test_the_confirmation_page_says_who_holds_the_product(desk, shop):
    reserve(shop.kettle)
    page = desk.get(f"{PRODUCTS}{shop.kettle.pk}/delete/").content.decode()
    assert "Heron Kettle: 1 active reservation(s) hold it." in page


def test_a_product_that_is_reserved_at_the_last_moment_is_not_deleted(desk, shop, monkeypatch):
    reserve(shop.kettle)
    monkeypatch.setattr("demo_api.catalog.admin.ProductAdmin.obstacles", lambda self, rows: [])
    address = f"{PRODUCTS}{shop.kettle.pk}/delete/"
    answer = desk.post(address, {"post": "yes"}, follow=True)
    assert said(answer) == "Nothing was changed. 1 active reservation(s) hold this product."
    assert Product.objects.filter(slug="kettle").exists()


def test_when_one_of_several_is_refused_none_is_deleted(desk, shop, monkeypatch):
    reserve(shop.kettle)
    monkeypatch.setattr("demo_api.catalog.admin.ProductAdmin.obstacles", lambda self, rows: [])
    chosen = {"action": "delete_selected", "_selected_action": [shop.grinder.pk, shop.kettle.pk], "post": "yes"}
    answer = desk.post(PRODUCTS, chosen, follow=True)
    assert "Nothing was changed." in said(answer)
    assert Product.objects.count() == 4
    assert not Deletion.objects.exists()


def test_several_products_are_deleted_together(desk, shop):
    chosen = {"action": "delete_selected", "_selected_action": [shop.grinder.pk, shop.kettle.pk], "post": "yes"}
    desk.post(PRODUCTS, chosen)
    assert set(Deletion.objects.values_list("slug", flat=True)) == {"grinder", "kettle"}


# Categories -------------------------------------------------------------------------------------------------------


def test_a_category_is_added_below_another(desk, shop):
    data = {"name": "Tea", "slug": "tea", "parent": shop.kitchen.pk, "description": ""}
    assert desk.post(f"{CATEGORIES}add/", data).status_code == 302
    assert Category.objects.get(slug="tea").parent == shop.kitchen


def test_a_cycle_is_an_error_beside_the_field(desk, shop):
    address = f"{CATEGORIES}{shop.kitchen.pk}/change/"
    answer = desk.post(address, sent_back(desk, address, parent=shop.coffee.pk))
    assert problems(answer)["parent"] == ["'coffee' is 'kitchen' itself or stands below it."]


def test_a_cycle_made_at_the_last_moment_is_a_message(desk, shop, monkeypatch):
    monkeypatch.setattr("demo_api.catalog.admin_forms.CategoryForm.clean_parent", lambda self: shop.coffee)
    address = f"{CATEGORIES}{shop.kitchen.pk}/change/"
    answer = desk.post(address, sent_back(desk, address, parent=shop.coffee.pk), follow=True)
    assert "Nothing was changed." in said(answer)
    shop.kitchen.refresh_from_db()
    assert shop.kitchen.parent is None


def test_a_category_that_holds_something_is_not_deleted(desk, shop):
    address = f"{CATEGORIES}{shop.kitchen.pk}/delete/"
    assert "it holds 0 product(s) and 1 categories" in desk.get(address).content.decode()
    desk.post(address, {"post": "yes"})
    assert Category.objects.filter(slug="kitchen").exists()


def test_an_empty_category_is_deleted_and_recorded(desk, shop):
    empty = Category.objects.create(slug="empty", name="Empty")
    desk.post(f"{CATEGORIES}{empty.pk}/delete/", {"post": "yes"})
    assert Deletion.objects.filter(kind="category", slug="empty").exists()


# Reservations -----------------------------------------------------------------------------------------------------


def test_a_reservation_can_be_read_and_not_written(desk, shop):
    held = reserve(shop.kettle)
    address = f"{RESERVATIONS}{held.pk}/change/"
    page = desk.get(address).content.decode()
    assert "Heron Kettle" in page
    assert 'name="_save"' not in page
    assert desk.post(address, {"quantity": 9}).status_code == 403
    assert desk.get(f"{RESERVATIONS}add/").status_code == 403


def test_releasing_gives_the_stock_back_once(desk, shop):
    held = reserve(shop.kettle, quantity=2)
    chosen = {"action": "release", "_selected_action": [held.pk]}
    assert said(desk.post(RESERVATIONS, chosen, follow=True)) == "1 reservation(s) released."
    assert said(desk.post(RESERVATIONS, chosen, follow=True)) == "0 reservation(s) released."
    shop.kettle.refresh_from_db()
    assert shop.kettle.stock == 5
