"""Products over GraphQL: the list with its filters, orderings and pages, and one by its slug."""

import pytest

from tests.api.world import PRODUCTS, fill
from tests.graphql.world import ask, error, post, slugs

PAGE = "edges { node { slug } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


def listed(client, arguments=""):
    return slugs(ask(client, f"{{ products{arguments} {{ edges {{ node {{ slug }} }} }} }}")["products"])


def test_the_newest_active_products_come_first(anonymous, shop):
    assert listed(anonymous) == ["speaker", "grinder", "kettle"]


def test_staff_see_inactive_products_too(staff, shop):
    assert listed(staff) == ["prototype", "speaker", "grinder", "kettle"]


@pytest.mark.parametrize(
    ("arguments", "parameters"),
    [
        ('(filter: {category: "kitchen"})', "category=kitchen"),
        ('(filter: {minPrice: "60.00"})', "min_price=60.00"),
        ('(filter: {maxPrice: "79"})', "max_price=79"),
        ("(filter: {inStock: true})", "in_stock=true"),
        ("(filter: {inStock: false})", "in_stock=false"),
        ('(filter: {search: "LAGOON speak"})', "search=LAGOON+speak"),
        (
            '(filter: {category: "coffee", inStock: true, maxPrice: "100"})',
            "category=coffee&in_stock=true&max_price=100",
        ),
        ("(ordering: CREATED_AT)", "ordering=created_at"),
        ("(ordering: PRICE)", "ordering=price"),
        ("(ordering: PRICE_DESC)", "ordering=-price"),
        ("(ordering: NAME)", "ordering=name"),
        ("(ordering: NAME_DESC)", "ordering=-name"),
        ("(first: 2)", "page_size=2"),
    ],
)
def test_filters_and_orderings_give_what_rest_gives(anonymous, shop, arguments, parameters):
    over_rest = [row["slug"] for row in anonymous.get(f"{PRODUCTS}?{parameters}").json()["results"]]
    assert listed(anonymous, arguments) == over_rest
    assert over_rest  # something is left to compare


def test_a_product_has_what_rest_says_of_it(anonymous, shop):
    document = anonymous.get(f"{PRODUCTS}kettle/").json()
    fields = "id slug name description price currency stock isActive image thumbnail createdAt updatedAt"
    found = ask(anonymous, f'{{ product(slug: "kettle") {{ {fields} category {{ slug name }} }} }}')["product"]
    names = {"is_active": "isActive", "created_at": "createdAt", "updated_at": "updatedAt"}
    assert found == {names.get(name, name): value for name, value in document.items()}


def test_a_product_that_is_not_there_is_null(anonymous, shop):
    assert ask(anonymous, '{ a: product(slug: "teapot") { slug } b: product(slug: "prototype") { slug } }') == {
        "a": None,
        "b": None,
    }


# Pages ------------------------------------------------------------------------------------------------------------


def pages(client, **arguments):
    """Walks the list to its end, forwards."""
    document = f"""query ($first: Int, $after: String) {{
      products(first: $first, after: $after, ordering: PRICE) {{ {PAGE} }}
    }}"""
    after = None
    while True:
        page = ask(client, document, after=after, **arguments)["products"]
        yield page
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def test_pages_follow_one_another_without_gap_or_repeat(anonymous, shop):
    fill(shop.audio, 25)
    walked = [slug for page in pages(anonymous, first=7) for slug in slugs(page)]
    assert len(walked) == len(set(walked)) == 28
    assert walked == listed(anonymous, "(first: 100, ordering: PRICE)")


def test_a_page_can_be_walked_back(anonymous, shop):
    fill(shop.audio, 10)
    walk = pages(anonymous, first=4)
    first, second = next(walk), next(walk)
    document = f"query ($before: String) {{ products(last: 4, before: $before, ordering: PRICE) {{ {PAGE} }} }}"
    back = ask(anonymous, document, before=second["pageInfo"]["startCursor"])["products"]
    assert slugs(back) == slugs(first)
    assert back["pageInfo"]["hasNextPage"]
    assert not back["pageInfo"]["hasPreviousPage"]


def test_the_last_of_the_list_can_be_asked_for(anonymous, shop):
    assert listed(anonymous, "(last: 2)") == ["grinder", "kettle"]


def test_every_edge_has_a_cursor_to_go_on_from(anonymous, shop):
    edges = ask(anonymous, "{ products { edges { cursor node { slug } } } }")["products"]["edges"]
    document = "query ($after: String) { products(after: $after) { edges { node { slug } } } }"
    assert slugs(ask(anonymous, document, after=edges[0]["cursor"])["products"]) == ["grinder", "kettle"]


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        ("first: 0", "/first"),
        ("first: -1", "/first"),
        ("first: 101", "/first"),
        ("last: 101", "/last"),
        ("first: 2, last: 2", "/last"),
        ('first: 2, before: "x"', "/last"),
        ('after: "not a cursor"', "/after"),
        ('after: ""', "/after"),
        ('last: 1, before: "x:y"', "/before"),
        ('filter: {category: "boats"}', "/filter/category"),
        ('filter: {minPrice: "2", maxPrice: "1"}', "/filter/minPrice"),
        ('filter: {minPrice: "-1"}', "/filter/minPrice"),
        ('filter: {search: "a b c d e f g h i"}', "/filter/search"),
    ],
)
def test_an_argument_out_of_range_is_named(anonymous, shop, arguments, pointer):
    response = post(anonymous, f"{{ products({arguments}) {{ edges {{ node {{ slug }} }} }} }}")
    found = error(response, "invalid-input") if response.json().get("data", 1) else None
    assert response.json()["data"] is None
    found = found or response.json()["errors"][0]
    assert found["extensions"]["type"] == "/api/problems/invalid-input/"
    assert [fault["pointer"] for fault in found["extensions"]["errors"]] == [pointer]


def test_a_cursor_of_another_list_is_refused(anonymous, shop):
    cursor = ask(anonymous, "{ products(first: 1) { pageInfo { endCursor } } }")["products"]["pageInfo"]["endCursor"]
    document = "query ($after: String) { products(after: $after, ordering: NAME) { edges { node { slug } } } }"
    (found,) = post(anonymous, document, {"after": cursor}).json()["errors"]
    assert "another ordering" in found["extensions"]["errors"][0]["detail"]
