"""How many queries a request takes: as many with 200 rows as with 10, whatever is nested in what."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import GraphQLObjectType

from demo_api.catalog.graphql.schema import schema
from demo_api.catalog.models import Category, Product
from tests.api.world import OPENED, held
from tests.graphql.world import ask

PRODUCT = "slug name price image category { slug name }"
DOCUMENTS = {
    # products, with their categories joined
    "products with categories": (1, f"{{ products(first: 100) {{ edges {{ node {{ {PRODUCT} }} }} }} }}"),
    # the products; the tree; the products of all parents
    "products, their categories' parents, and those parents' products": (
        3,
        """{ products(first: 30) { edges { node { slug category { slug parent { slug
             products(first: 3) { edges { node { slug } } } } } } } } }""",
    ),
    # the products; the pages of all their categories
    "products with the products beside them": (
        2,
        """{ products(first: 20) { edges { node { category { products(first: 3) { edges { node {
             slug category { slug } } } } } } } } }""",
    ),
    # the tree, however deep
    "the tree": (1, "{ categories { slug children { slug children { slug children { slug parent { slug } } } } } }"),
    # the tree; one page each for the top and the level below it
    "the tree with products": (
        3,
        """{ categories { slug products(first: 2) { edges { node { slug } } }
             children { slug products(first: 2) { edges { node { slug category { name } } } } } } }""",
    ),
}


def crowd(count: int) -> None:
    """So many categories, half of them at the top, and two products on each."""
    tops = Category.objects.bulk_create(Category(slug=f"top-{n}", name=f"Top {n}") for n in range(count // 2))
    below = Category.objects.bulk_create(
        Category(slug=f"below-{n}", name=f"Below {n}", parent=top) for n, top in enumerate(tops)
    )
    Product.objects.bulk_create(
        Product(slug=f"{category.slug}-{n}", name="Thing", price=n, category=category, created_at=OPENED)
        for category in [*tops, *below]
        for n in range(2)
    )


def queries(client, document: str) -> list[str]:
    with CaptureQueriesContext(connection) as context:
        ask(client, document)
    return [query["sql"] for query in context]


@pytest.mark.parametrize("rows", [10, 200])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_number_of_queries_does_not_depend_on_rows(anonymous, db, rows, name):
    crowd(rows)
    expected, document = DOCUMENTS[name]
    assert len(queries(anonymous, document)) == expected, queries(anonymous, document)


@pytest.mark.parametrize("rows", [1, 60])
def test_reservations_bring_their_products_and_categories(customer, clara, shop, rows):
    """The token; the reservations with product and category joined."""
    for number in range(rows):
        held(clara, shop.kettle, key=f"key-{number}")
    document = """{ reservations(first: 100) { edges { node { id quantity state productSlug
      product { slug price category { slug } } } } } }"""
    assert len(queries(customer, document)) == 2


def test_only_the_columns_that_are_asked_for_are_read(anonymous, shop):
    (sql,) = queries(anonymous, "{ products { edges { node { slug } } } }")
    assert '"slug"' in sql
    assert '"description"' not in sql
    assert "catalog_category" not in sql


def test_a_row_per_field_would_be_found(anonymous, db, monkeypatch):
    """The test above can fail: a resolver that asks for each row shows in the count."""
    crowd(10)
    kind = schema.core.type_map["Product"]
    assert isinstance(kind, GraphQLObjectType)
    asking = lambda product, _info: Product.objects.get(pk=product.pk).name  # noqa: E731
    monkeypatch.setattr(kind.fields["name"], "resolve", asking)
    assert len(queries(anonymous, "{ products(first: 5) { edges { node { name } } } }")) == 6
