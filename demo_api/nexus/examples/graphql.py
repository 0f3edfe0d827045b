"""The exchanges of `/graphql/`."""

from typing import Any

from demo_api.nexus.examples.exchange import CUSTOMER, STAFF, Exchange

ASK = "POST /graphql/"
CHEAPEST = """query ($category: String!) {
  products(first: 2, filter: {category: $category}, ordering: PRICE) {
    edges { node { name price category { name } } }
    pageInfo { hasNextPage }
  }
}"""
RESERVE = """mutation {
  reserve(product: "klippa-stoneware-mug", quantity: 2, idempotencyKey: "order-4711") {
    ... on Reserved { replayed reservation { productSlug quantity state } }
    ... on InsufficientStock { requested available }
    ... on Problem { type detail }
  }
}"""
CREATE = """mutation ($input: CategoryInput!) {
  createCategory(input: $input) {
    ... on Category { slug }
    ... on InvalidInput { errors { pointer detail } }
    ... on Problem { type }
  }
}"""
COSTLY = """{
  products(first: 100) { edges { node { category { products(first: 100) { edges { node { name } } } } } } }
}"""


def of(name: str, query: str, status: int = 200, by: str = "", **members: Any) -> Exchange:
    """One document, with what is sent beside it."""
    return Exchange("graphql", name, ASK, status, by=by, body={"query": query} | members)


FOR_AN_OLDER_CLIENT = Exchange(
    "graphql",
    "For an older client",
    ASK,
    200,
    body={"query": '{ product(slug: "plain-eraser") { prize } }'},
    headers={"Accept": "application/json"},
)


OF_GRAPHQL = [
    of("The two cheapest of a category", CHEAPEST, variables={"category": "kitchen"}),
    of("Stock reserved", RESERVE, by=CUSTOMER),
    of("A typed refusal", CREATE, by=STAFF, variables={"input": {"name": "Kitchen", "slug": "kitchen"}}),
    of("A field that needs a token", "{ me { username } categories { slug } }"),
    of("A document that asks for too much", COSTLY, 400),
    of("A misspelt field", '{ product(slug: "plain-eraser") { prize } }', 400),
    FOR_AN_OLDER_CLIENT,
    Exchange("graphql", "A list of requests", ASK, 400, body=[{"query": "{ categories { slug } }"}]),
]
