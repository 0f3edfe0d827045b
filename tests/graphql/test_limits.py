"""What a document may ask for at most: found before anything runs, refused by name, and told in `extensions`."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import get_introspection_query

from demo_api.catalog.graphql import limits
from tests.graphql.world import ask, post, refusal

CHAIN = "products(first: 1) { edges { node { category { "


def found(response) -> dict[str, int]:
    return {name: both["found"] for name, both in response.json()["extensions"]["limits"].items()}


def cost(client, document: str, **variables) -> int:
    response = post(client, document, variables)
    assert response.status_code in (200, 400), response.content
    return found(response)["cost"]


# The formula ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('{ product(slug: "x") { slug } }', 1 + 1),
        ('{ product(slug: "x") { slug name category { slug } } }', 1 + 2 + 1 + 1),
        ("{ products(first: 3) { edges { node { slug name } } } }", 1 + 1 + 3 * (1 + 2)),
        ("{ products(last: 3) { edges { cursor } } }", 1 + 1 + 3),
        ("{ products { edges { node { slug } } } }", 1 + 1 + 20 * 2),  # a page has 20 without an argument
        ("{ products(first: 3) { pageInfo { hasNextPage endCursor } } }", 1 + 1 + 2),
        ("{ categories { slug } }", 1 + 10),
        ("{ categories { slug children { slug } } }", 1 + 10 * (1 + 1 + 5)),
        (
            "{ categories { products(first: 4) { edges { node { slug } } } } }",
            1 + 10 * (1 + 1 + 4 * 2),
        ),
        ('{ a: product(slug: "x") { slug } b: product(slug: "y") { slug } }', 2 * 2),
        ("{ __typename }", 1),
        ("{ __schema { types { name } } }", 0),
        ('mutation { release(id: "x") { __typename } }', 1 + limits.WRITE + 1),
        # a fragment counts wherever it is spread; what is skipped counts too
        ("{ products(first: 2) { ...p ...p } } fragment p on ProductConnection { edges { cursor } }", 1 + 2 * (1 + 2)),
        ("{ products(first: 2) { edges { ... on ProductEdge { cursor @skip(if: true) } } } }", 1 + 1 + 2),
    ],
)
def test_a_field_counts_once_for_each_object_it_is_asked_of(anonymous, shop, document, expected):
    assert cost(anonymous, document) == expected


def test_a_page_size_in_a_variable_counts(anonymous, shop):
    document = "query ($n: Int = 7) { products(first: $n) { edges { cursor } } }"
    assert cost(anonymous, document) == 1 + 1 + 7
    assert cost(anonymous, document, n=90) == 1 + 1 + 90
    assert cost(anonymous, document, n=None) == 1 + 1 + 20


@pytest.mark.parametrize("size", [-5, 0, 2**31 - 1])
def test_a_page_size_out_of_range_cannot_lower_the_cost(anonymous, shop, size):
    document = f"{{ products(first: {size}) {{ edges {{ cursor }} }} }}"
    assert cost(anonymous, document) >= 2


def test_what_runs_tells_its_numbers_too(anonymous, shop):
    response = post(anonymous, '{ kettle: product(slug: "kettle") { slug category { slug } } }')
    assert response.json()["extensions"]["limits"] == {
        "tokens": {"found": 17, "most": limits.TOKENS},
        "depth": {"found": 3, "most": limits.DEPTH},
        "aliases": {"found": 1, "most": limits.ALIASES},
        "cost": {"found": 4, "most": limits.COST},
    }


# Each limit -------------------------------------------------------------------------------------------------------


def aliases(number: int) -> str:
    return "{ " + " ".join(f"a{n}: products(first: 100) {{ edges {{ cursor }} }}" for n in range(number)) + " }"


def chain(links: int) -> str:
    """A document that goes from category to category."""
    return "{ " + 'category(slug: "x") { ' + "parent { " * links + "slug" + " }" * links + " } }"


TOO_MUCH = {
    "tokens": "{ " + "__typename " * limits.TOKENS + "}",
    "brackets": "{ a " * 40 + "}" * 40,
    "depth": chain(limits.DEPTH - 1),
    "aliases": aliases(limits.ALIASES + 1),
    "cost": "{ products(first: 100) { edges { node { category { products(first: 100) { edges { cursor } } } } } } }",
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_over_a_limit_nothing_runs_and_the_limit_is_named(anonymous, shop, name):
    with CaptureQueriesContext(connection) as queries:
        response = post(anonymous, TOO_MUCH[name])
    assert name in refusal(response, "graphql-over-limit")["message"]
    assert len(queries) == 0


def test_at_a_limit_it_runs(anonymous, shop):
    ask(anonymous, chain(limits.DEPTH - 2))
    ask(anonymous, aliases(limits.ALIASES))
    assert limits.count_tokens("{ " + "__typename " * (limits.TOKENS - 2) + "}") == limits.TOKENS
    assert limits.count_tokens("{ " * limits.BRACKETS) == limits.BRACKETS


def test_aliases_in_fragments_count_wherever_they_are_spread(anonymous, shop):
    half = limits.ALIASES // 2 + 1
    names = " ".join(f"a{n}: slug" for n in range(half))
    document = f"""{{ product(slug: "kettle") {{ ...f category {{ ...g }} }} }}
      fragment f on Product {{ {names} }} fragment g on Category {{ {names} }}"""
    assert "aliases" in refusal(post(anonymous, document), "graphql-over-limit")["message"]


# Introspection ----------------------------------------------------------------------------------------------------


def test_tools_may_ask_for_the_schema(anonymous, db):
    body = post(anonymous, get_introspection_query(descriptions=True, input_value_deprecation=True)).json()
    assert "errors" not in body
    assert {"Product", "Category"} <= {kind["name"] for kind in body["data"]["__schema"]["types"]}


def test_the_schema_can_be_kept_back(anonymous, db, settings):
    settings.GRAPHQL_INTROSPECTION = False
    for document in ("{ __schema { queryType { name } } }", '{ __type(name: "Product") { name } }'):
        assert "introspection" in refusal(post(anonymous, document), "graphql-invalid")["message"].lower()
    assert ask(anonymous, "{ __typename }") == {"__typename": "Query"}


@pytest.mark.parametrize(
    "document",
    [
        "{ a: __schema { types { name } } }",
        "{ __schema { a: types { name } } }",
        '{ __type(name: "Product") { a: name } }',
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "{ __schema { ...s } } fragment s on __Schema { types { a: name } }",
    ],
)
def test_the_schema_cannot_be_asked_for_many_times(anonymous, db, document):
    refusal(post(anonymous, document), "graphql-invalid")
