"""Categories over GraphQL: a tree, with products on it."""

from demo_api.catalog.graphql import context
from tests.api.world import fill, product
from tests.graphql.world import ask, post, slugs


def test_the_tree_comes_from_the_top_by_name(anonymous, shop):
    assert ask(anonymous, "{ categories { slug children { slug children { slug } } } }")["categories"] == [
        {"slug": "audio", "children": []},
        {"slug": "kitchen", "children": [{"slug": "coffee", "children": []}]},
    ]


def test_a_category_knows_what_stands_above_it(anonymous, shop):
    found = ask(anonymous, '{ category(slug: "coffee") { name parent { slug parent { slug } } } }')["category"]
    assert found == {"name": "Coffee", "parent": {"slug": "kitchen", "parent": None}}


def test_a_category_that_is_not_there_is_null(anonymous, shop):
    assert ask(anonymous, '{ category(slug: "boats") { slug } }') == {"category": None}


def test_each_category_has_a_page_of_its_own_products(anonymous, shop):
    fill(shop.audio, 6)
    document = """{
      categories {
        slug
        products(first: 2, ordering: PRICE) { edges { node { slug } } pageInfo { hasNextPage hasPreviousPage } }
        children { products(last: 1, ordering: PRICE) { edges { node { slug } } pageInfo { hasPreviousPage } } }
      }
    }"""
    audio, kitchen = ask(anonymous, document)["categories"]
    assert slugs(audio["products"]) == ["item-0", "item-5"]
    assert audio["products"]["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False}
    assert slugs(kitchen["products"]) == []
    (coffee,) = kitchen["children"]
    assert slugs(coffee["products"]) == ["grinder"]
    assert coffee["products"]["pageInfo"] == {"hasPreviousPage": True}


def test_a_page_within_a_category_goes_on_from_its_cursor(anonymous, shop):
    document = """query ($after: String) {
      category(slug: "coffee") { products(first: 1, after: $after) { edges { node { slug } } pageInfo { endCursor } } }
    }"""
    first = ask(anonymous, document)["category"]["products"]
    second = ask(anonymous, document, after=first["pageInfo"]["endCursor"])["category"]["products"]
    assert slugs(first) + slugs(second) == ["grinder", "kettle"]


def test_the_same_list_under_two_names_keeps_its_own_arguments(anonymous, shop):
    document = """{ category(slug: "coffee") {
      cheap: products(first: 1, ordering: PRICE) { edges { node { slug } } }
      dear: products(first: 1, ordering: PRICE_DESC) { edges { node { slug } } }
    } }"""
    found = ask(anonymous, document)["category"]
    assert (slugs(found["cheap"]), slugs(found["dear"])) == (["kettle"], ["grinder"])


def test_inactive_products_of_a_category_are_for_staff(anonymous, staff, shop):
    document = '{ category(slug: "audio") { products { edges { node { slug } } } } }'
    assert slugs(ask(anonymous, document)["category"]["products"]) == ["speaker"]
    assert slugs(ask(staff, document)["category"]["products"]) == ["prototype", "speaker"]


def test_a_category_met_twice_answers_the_same(anonymous, shop):
    product("cup", shop.kitchen, day=5)
    document = """{ products(first: 5) { edges { node { slug category { slug
      parent { products(first: 5) { edges { node { slug } } } }
      children { products(first: 5) { edges { node { slug } } } }
      products(first: 5) { edges { node { slug category { slug } } } }
    } } } } }"""
    nodes = {edge["node"]["slug"]: edge["node"]["category"] for edge in ask(anonymous, document)["products"]["edges"]}
    assert slugs(nodes["kettle"]["parent"]["products"]) == ["cup"]
    assert slugs(nodes["cup"]["children"][0]["products"]) == ["grinder", "kettle"]
    assert slugs(nodes["grinder"]["products"]) == ["grinder", "kettle"]
    assert nodes["speaker"]["parent"] is None


def test_a_tree_that_is_too_large_to_draw_is_refused(anonymous, shop, monkeypatch):
    monkeypatch.setattr(context, "MOST_CATEGORIES", 2)
    (found,) = post(anonymous, "{ categories { slug } }").json()["errors"]
    assert "over REST" in found["message"]
