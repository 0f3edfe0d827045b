"""Products over GraphQL: the list with its filters, orderings and pages, and one by its slug."""

from tests.graphql.world import ask, slugs


def listed(client, arguments=""):
    return slugs(ask(client, f"{{ products{arguments} {{ edges {{ node {{ slug }} }} }} }}")["products"])


def test_the_newest_active_products_come_first(anonymous, shop):
    assert listed(anonymous) == ["speaker", "grinder", "kettle"]
