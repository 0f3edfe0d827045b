"""GET /api/v1/products/{slug}/."""

from tests.api.world import PRODUCTS, problem

KETTLE = f"{PRODUCTS}kettle/"


def test_one_product_reads_as_it_does_in_the_list(anonymous, shop):
    row = anonymous.get(PRODUCTS).json()["results"][-1]
    assert anonymous.get(KETTLE).json() == row


def test_it_takes_one_query(anonymous, shop, django_assert_num_queries):
    with django_assert_num_queries(1):
        anonymous.get(KETTLE)


def test_an_inactive_product_does_not_exist_but_for_staff(anonymous, customer, staff, shop):
    secret = f"{PRODUCTS}prototype/"
    problem(anonymous.get(secret), 404, "not-found")
    problem(customer.get(secret), 404, "not-found")
    assert staff.get(secret).json()["is_active"] is False


def test_an_unknown_product_is_a_404(anonymous, shop):
    problem(anonymous.get(f"{PRODUCTS}teapot/"), 404, "not-found")


def test_the_address_needs_its_last_slash(anonymous, shop):
    """A redirect would turn a POST into a GET: a wrong path is a 404 that says so."""
    problem(anonymous.get(f"{PRODUCTS}kettle"), 404, "not-found")


def test_it_takes_no_parameters(anonymous, shop):
    problem(anonymous.get(KETTLE, {"fields": "name"}), 400, "invalid-input")


def test_a_picture_is_an_absolute_address(anonymous, shop):
    shop.kettle.image = "products/kettle.webp"
    shop.kettle.save()
    assert anonymous.get(KETTLE).json()["image"] == "http://testserver/media/products/kettle.webp"
