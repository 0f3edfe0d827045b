"""A category never stands below itself: the service says so politely, and the database holds it against everyone."""

import pytest
from django.db import IntegrityError, connection, transaction

from demo_api.catalog import errors, services
from demo_api.catalog.models import Category
from tests.api.world import CATEGORIES, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain():
    """Four categories, each below the one before."""
    made: list[Category] = []
    for name in "abcd":
        made.append(Category.objects.create(slug=name, name=name.upper(), parent=made[-1] if made else None))
    return made


def parents() -> dict[str, str | None]:
    return dict(Category.objects.values_list("slug", "parent__slug"))


STRAIGHT = {"a": None, "b": "a", "c": "b", "d": "c"}


# The service ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("moved", "below"), [("a", "a"), ("a", "b"), ("a", "d"), ("b", "d"), ("c", "c")])
def test_the_api_refuses_a_cycle_with_409(staff, chain, moved, below):
    response = staff.patch(f"{CATEGORIES}{moved}/", {"parent": below}, headers={"If-Match": "*"})
    problem(response, 409, "category-cycle")
    assert parents() == STRAIGHT


@pytest.mark.parametrize(("moved", "below"), [("d", "a"), ("d", None), ("b", None), ("c", "a")])
def test_every_other_move_is_fine(staff, chain, moved, below):
    response = staff.patch(f"{CATEGORIES}{moved}/", {"parent": below}, headers={"If-Match": "*"})
    assert response.json()["parent"] == below
    assert parents() == STRAIGHT | {moved: below}


def test_a_rival_move_in_the_middle_of_the_call_is_seen(chain):
    """Each move is harmless alone: b below x while x goes below b. Together they would be a cycle."""
    other = Category.objects.create(slug="x", name="X")
    b = chain[1]

    def rival(row):
        Category.objects.filter(pk=other.pk).update(parent=b)

    with pytest.raises(errors.CategoryCycle):
        services.update_category(category=b, fields={"parent": other}, precondition=rival)


# The database -----------------------------------------------------------------------------------------------------


def refused_by_the_database(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()
    assert parents() == STRAIGHT


def test_an_update_past_the_service_is_refused(chain):
    a, b, c, d = chain
    for below in (a, b, c, d):
        refused_by_the_database(lambda below=below: Category.objects.filter(pk=a.pk).update(parent=below))


def test_a_save_past_the_service_is_refused(chain):
    a, *_, d = chain
    a.parent = d
    refused_by_the_database(a.save)


def test_plain_sql_is_refused(chain):
    a, _, c, _ = chain

    def write():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_category SET parent_id = %s WHERE id = %s", [c.pk, a.pk])

    refused_by_the_database(write)


def test_one_statement_that_makes_a_cycle_of_several_rows_is_refused(chain):
    """`bulk_update` is one UPDATE: no row of it is a cycle by itself."""
    two = [Category.objects.create(slug=name, name=name) for name in ("x", "y")]
    two[0].parent, two[1].parent = two[1], two[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.bulk_update(two, ["parent"])
    assert Category.objects.filter(slug__in=["x", "y"], parent=None).count() == 2


def test_three_rows_in_a_ring_are_refused(chain):
    ring = [Category.objects.create(slug=name, name=name) for name in ("x", "y", "z")]
    for index, category in enumerate(ring):
        category.parent = ring[index - 1]
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.bulk_update(ring, ["parent"])


def test_a_new_row_below_itself_is_refused(chain):
    refused_by_the_database(
        lambda: Category.objects.bulk_create([Category(id=9001, slug="self", name="Self", parent_id=9001)])
    )


def test_the_triggers_are_there_after_all_migrations():
    """On SQLite, a migration that makes the table anew would lose them without a word."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
            expected = {"category_no_cycle"}
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'catalog_category'")
            expected = {"category_no_cycle_insert", "category_no_cycle_update"}
        assert {row[0] for row in cursor.fetchall()} >= expected
