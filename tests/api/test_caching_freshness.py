"""Right after any write, by whatever way, an anonymous reader is shown what is there now.

Each test keeps the list and the product first, then writes, then compares what is served with what is computed.
"""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import transaction
from django.urls import get_resolver
from django.utils import timezone

from demo_api.catalog import seeding, services, version
from demo_api.catalog.models import Category, Product, Reservation
from demo_api.catalog.version import CatalogueVersion, catalogue_changed, catalogue_version
from tests.api.test_admin import sent_back
from tests.api.test_policies import routes
from tests.api.world import CATEGORIES, OPENED, PRODUCTS, etag, fill, held, picture, reserve, run_import, upload

pytestmark = pytest.mark.django_db(transaction=True)  # the version moves when something really commits

PAGES = [PRODUCTS, f"{PRODUCTS}?in_stock=true", f"{PRODUCTS}?category=kitchen", f"{PRODUCTS}kettle/"]
DESK = "/admin/catalog/"


@pytest.fixture(autouse=True)
def _on(settings):
    settings.RESPONSE_CACHE = True


@pytest.fixture
def fresh(anonymous, shop, settings):
    """Keeps the pages, runs a write, and asserts that what is served then is what is computed then, and is new."""

    def read():
        return [(page, response.status_code, response.content) for page in PAGES if (response := anonymous.get(page))]

    def shown(pages):
        """Without what an error says of its own request."""
        return [(page, status, content if status == 200 else b"") for page, status, content in pages]

    def check(write):
        before = shown(read())
        number = catalogue_version()
        write()
        served = shown(read())
        settings.RESPONSE_CACHE = False
        computed = shown(read())
        settings.RESPONSE_CACHE = True
        assert served == computed
        assert served != before
        assert catalogue_version() > number

    return check


# Over HTTP --------------------------------------------------------------------------------------------------------

KETTLE, COFFEE = f"{PRODUCTS}kettle/", f"{CATEGORIES}coffee/"
NEW = {"name": "Teapot", "price": "30.00", "stock": 2, "category": "coffee"}
SHELF = {"name": "Brewing", "parent": "audio"}


OVER_HTTP = {
    ("product-list", "post"): lambda staff, customer: staff.post(PRODUCTS, NEW),
    ("product-detail", "put"): lambda staff, customer: staff.put(KETTLE, NEW, headers=etag(staff, KETTLE)),
    ("product-detail", "patch"): lambda staff, customer: staff.patch(KETTLE, {"stock": 1}, headers=etag(staff, KETTLE)),
    ("product-detail", "delete"): lambda staff, customer: staff.delete(KETTLE, headers=etag(staff, KETTLE)),
    ("product-image", "put"): lambda staff, customer: upload(staff, "kettle", picture()),
    ("product-image", "delete"): lambda staff, customer: staff.delete(f"{KETTLE}image/", headers={"If-Match": "*"}),
    ("category-detail", "put"): lambda staff, customer: staff.put(COFFEE, SHELF, headers=etag(staff, COFFEE)),
    ("category-detail", "patch"): lambda staff, customer: staff.patch(COFFEE, SHELF, headers=etag(staff, COFFEE)),
    ("reservation-list", "post"): lambda staff, customer: reserve(customer, "kettle"),
    ("reservation-release", "post"): lambda staff, customer: customer.post(f"{customer.kept}release/"),
    ("graphql", "post"): lambda staff, customer: staff.post("/graphql/", {"query": CREATE}),
}
CREATE = 'mutation { createProduct(input: {name: "Teapot", price: "30.00", category: "coffee"}) { __typename } }'
# What anonymous readers of products are not shown; nothing needs to be fresh.
NOT_SHOWN = {
    (
        "category-list",
        "post",
    ): "a new category holds no product yet; a list narrowed to it was a 400, which is not kept",
    ("category-detail", "delete"): "only an empty category goes; the lists without it are the same",
    ("import-list", "post"): "it promises the work: see below for the run",
    ("import-cancel", "post"): "what is in stays, and was shown when it came",
    ("import-retry", "post"): "it promises the work",
    ("register", "post"): "accounts",
    ("sign-in", "post"): "tokens",
    ("sign-out", "post"): "tokens",
    ("sign-out-everywhere", "post"): "tokens",
}


def writing_routes():
    for _, name, view in routes(get_resolver().url_patterns):
        for method in ("post", "put", "patch", "delete"):
            if hasattr(getattr(view, "cls", None), method):
                yield name, method


def test_every_writing_endpoint_is_looked_at():
    """A new one is tried here, or it says why no product's answer depends on it."""
    assert set(writing_routes()) == set(OVER_HTTP) | set(NOT_SHOWN)


@pytest.mark.parametrize("route", OVER_HTTP, ids=" ".join)
def test_a_write_over_http_is_seen_at_once(fresh, staff, customer, route):
    if route == ("reservation-release", "post"):
        customer.kept = reserve(customer, "kettle")["Location"]
    if route == ("product-image", "delete"):
        upload(staff, "kettle", picture())

    def write():
        assert OVER_HTTP[route](staff, customer).status_code < 300

    fresh(write)


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_category_that_comes_or_goes_changes_what_a_list_of_it_answers(anonymous, staff, shop, method):
    listed = f"{PRODUCTS}?category=empty"
    assert anonymous.get(listed).status_code == 400
    assert staff.post(CATEGORIES, {"slug": "empty", "name": "Empty"}).status_code == 201
    assert anonymous.get(listed).json()["results"] == []
    if method == "delete":
        staff.delete(f"{CATEGORIES}empty/", headers={"If-Match": "*"})
        assert anonymous.get(listed).status_code == 400


def test_an_import_is_seen_as_soon_as_it_has_run(fresh, staff):
    fresh(lambda: run_import(staff, "slug,name,price,category\nkettle,Kettle,1,kitchen\n"))


# In the admin -----------------------------------------------------------------------------------------------------


def selected(action, *rows):
    return {"action": action, "_selected_action": [row.pk for row in rows], "post": "yes"}


def change(desk, address, **changes):
    return desk.post(address, sent_back(desk, address, **changes))


BY_ACTION = {
    ("product", "put_on_sale"): lambda shop: [shop.prototype],
    ("product", "take_off_sale"): lambda shop: [shop.kettle],
    ("product", "delete_selected"): lambda shop: [shop.kettle, shop.grinder],
    ("category", "delete_selected"): lambda shop: [],
    ("reservation", "release"): lambda shop: list(Reservation.objects.all()),
}
IN_THE_ADMIN = {
    "add a product": lambda desk, shop: change(
        desk, f"{DESK}product/add/", name="Teapot", slug="teapot", price="5", stock="1", category=shop.coffee.pk
    ),
    "change a product": lambda desk, shop: change(desk, f"{DESK}product/{shop.kettle.pk}/change/", name="Swan"),
    "delete a product": lambda desk, shop: desk.post(f"{DESK}product/{shop.kettle.pk}/delete/", {"post": "yes"}),
    "change a category": lambda desk, shop: change(desk, f"{DESK}category/{shop.coffee.pk}/change/", name="Brewing"),
}


def test_every_admin_action_is_looked_at(rf, admin_user):
    request = rf.get("/admin/")
    request.user = admin_user
    ours = [(model, options) for model, options in admin.site._registry.items() if model._meta.app_label == "catalog"]
    assert {(model._meta.model_name, name) for model, options in ours for name in options.get_actions(request)} == set(
        BY_ACTION
    )


@pytest.mark.parametrize(
    "action", [action for action in BY_ACTION if action != ("category", "delete_selected")], ids=" ".join
)
def test_an_admin_action_is_seen_at_once(fresh, admin_client, shop, clara, action):
    held(clara, shop.speaker, key="of-clara")
    kind, name = action

    def write():
        data = selected(name, *BY_ACTION[action](shop))
        assert admin_client.post(f"{DESK}{kind}/", data).status_code == 302

    fresh(write)


@pytest.mark.parametrize("write", IN_THE_ADMIN)
def test_a_form_of_the_admin_is_seen_at_once(fresh, admin_client, shop, write):
    def save():
        assert IN_THE_ADMIN[write](admin_client, shop).status_code == 302

    fresh(save)


# From inside ------------------------------------------------------------------------------------------------------


def expire(shop, clara):
    reservation = held(clara, shop.kettle, key="late", minutes=-1)
    assert reservation.expires_at < timezone.now()
    call_command("expire_reservations", verbosity=0)


def save(shop, clara):
    shop.kettle.price += 1
    shop.kettle.save(update_fields=["price"])


def bulk_update(shop, clara):
    shop.kettle.stock = 1
    Product.objects.bulk_update([shop.kettle], ["stock"])


def upsert(shop, clara):
    """As a bulk import writes: insert, or update what is there by its slug."""
    row = Product(slug="kettle", name="Swan", price=1, category=shop.coffee, created_at=OPENED)
    Product.objects.bulk_create([row], update_conflicts=True, unique_fields=["slug"], update_fields=["name", "price"])


FROM_INSIDE = {
    "the seed": lambda shop, clara: seeding.seed_catalogue(),
    "generated products": lambda shop, clara: seeding.seed_generated(3),
    "expiry": expire,
    "taking stock": lambda shop, clara: services.take_stock(product=shop.kettle, quantity=1),
    "a row": save,
    "bulk_create": lambda shop, clara: fill(shop.coffee, 2),
    "bulk_update": bulk_update,
    "an upsert": upsert,
    "a queryset": lambda shop, clara: Product.objects.filter(slug="kettle").update(name="Swan"),
    "a related set": lambda shop, clara: shop.coffee.products.update(name="Swan"),
    "a deleted row": lambda shop, clara: shop.kettle.delete(),
    "deleted rows": lambda shop, clara: Product.objects.filter(slug="kettle").delete(),
    "a category's rows": lambda shop, clara: Category.objects.filter(slug="coffee").update(name="Brewing"),
}


@pytest.mark.parametrize("write", FROM_INSIDE)
def test_a_write_from_inside_is_seen_at_once(fresh, shop, clara, write):
    fresh(lambda: FROM_INSIDE[write](shop, clara))


# The version ------------------------------------------------------------------------------------------------------


def test_it_moves_once_for_a_transaction_and_after_it(shop):
    before = catalogue_version()
    with transaction.atomic():
        shop.kettle.save()
        shop.grinder.save()
        assert catalogue_version() == before
    assert catalogue_version() == before + 1


def save_and_undo(row):
    """Raises LookupError, and takes back what it wrote."""
    with transaction.atomic():
        row.save()
        raise LookupError


def test_it_stays_when_nothing_was_committed(shop):
    before = catalogue_version()
    with pytest.raises(LookupError):
        save_and_undo(shop.kettle)
    assert catalogue_version() == before


def test_it_moves_for_what_follows_an_undone_part_of_a_transaction(shop):
    """The undone part takes its own call with it, and only that."""
    before = catalogue_version()
    with transaction.atomic():
        with pytest.raises(LookupError):
            save_and_undo(shop.kettle)
        shop.grinder.save()
    assert catalogue_version() == before + 1


def test_a_fault_in_moving_it_does_not_turn_a_committed_write_into_an_error(shop, staff, monkeypatch, caplog):
    def fail():
        raise LookupError("the version cannot be moved")

    monkeypatch.setattr(version, "move", fail)
    assert staff.patch(KETTLE, {"stock": 1}, headers={"If-Match": "*"}).status_code == 200
    assert Product.objects.get(slug="kettle").stock == 1
    assert "the version cannot be moved" in caplog.text


def test_a_lost_announcement_is_over_after_a_minute(anonymous, shop, monkeypatch):
    """A process that dies between the commit and the call leaves old answers, which do not live long."""
    moment = timezone.now()
    monkeypatch.setattr("django.core.cache.backends.locmem.time.time", lambda: moment.timestamp())
    assert anonymous.get(KETTLE).json()["name"] == "Heron Kettle"
    monkeypatch.setattr(version, "move", lambda: None)
    Product.objects.filter(slug="kettle").update(name="Swan")
    assert anonymous.get(KETTLE).json()["name"] == "Heron Kettle"
    moment += timedelta(seconds=61)
    assert anonymous.get(KETTLE).json()["name"] == "Swan"


def test_it_begins_by_itself_where_its_row_is_missing(shop):
    CatalogueVersion.objects.all().delete()
    assert catalogue_version() == 0
    catalogue_changed()
    catalogue_changed()
    assert catalogue_version() == 2
