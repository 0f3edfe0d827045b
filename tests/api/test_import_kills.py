"""Killed anywhere: whatever step a run ends at, the runs after it leave the table of one that was never disturbed."""

import hashlib
import random
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from demo_api.catalog.models import Category, Product
from demo_api.imports import chunks, leases, loading, services
from demo_api.imports.models import Import, ImportRowError
from tests.api.world import queued_import

STEPS = [
    (chunks, "read"),
    (leases, "held"),
    (chunks, "accepted"),
    (loading, "write"),
    (loading, "upsert"),
    (chunks, "check_references"),
    (chunks, "leave_checkpoint"),
    (chunks, "load"),
]
ROWS = 60
MOST_RUNS = 100


class Killed(BaseException):
    """The process is gone: nothing catches this, and nothing is tidied up."""


def file_of_rows() -> str:
    """Rows that create, update, repeat, and are refused, in an order that only the seed knows."""
    chance = random.Random(5)  # noqa: S311 (it has to be repeatable)
    rows = ["slug,name,price,stock,category"]
    for number in range(ROWS):
        slug = f"mug-{chance.randrange(ROWS // 2)}" if number % 7 else "kettle"
        price = "x" if number % 11 == 0 else f"{chance.randrange(10)}.50"
        rows.append(f"{slug},Mug {chance.randrange(3)},{price},{chance.randrange(4)},kitchen")
    return "\n".join(rows)


def table() -> str:
    """A digest of all that an import may leave, but for ids and times."""
    products = Product.objects.order_by("slug").values_list(
        "slug", "name", "description", "price", "currency", "stock", "is_active", "category__slug"
    )
    counts = Import.objects.values_list(
        "state", "rows_done", "rows_total", "bytes_done", "created", "updated", "unchanged", "refused"
    )
    errors = ImportRowError.objects.order_by("id").values_list("row", "column", "message", "value")
    return hashlib.sha256(repr([list(products), list(counts), list(errors)]).encode()).hexdigest()


def in_a_process_that_may_die(job: Import) -> bool:
    """Runs the import as a delivery does. A dying process leaves its transaction rolled back and its lease to run out.

    A kill gives nobody the time to hand anything back.
    """
    try:
        services.run(str(job.uuid))
    except Killed:
        Import.objects.filter(state="running").update(leased_until=timezone.now() - timedelta(seconds=1))
        return False
    return Import.objects.get(pk=job.pk).state == "succeeded"


@pytest.fixture
def undisturbed(staff, shop, settings, monkeypatch) -> str:
    """What one clean run leaves; then everything is as before."""
    settings.IMPORT_CHUNK_ROWS = 7
    monkeypatch.setattr(leases, "hand_back", lambda job, error: None)
    with transaction.atomic():
        job = queued_import(staff, file_of_rows())
        assert in_a_process_that_may_die(job)
        clean = table()
        assert Import.objects.filter(created__gt=20, updated__gt=10, refused__gt=3).exists()
        transaction.set_rollback(True)
    return clean


def killing(function, when):
    """The step, with a kill before or after its call whenever `when` says so."""

    def step(*args, **kwargs):
        before, after = when()
        if before:
            raise Killed
        result = function(*args, **kwargs)
        if after:
            raise Killed
        return result

    return step


@pytest.mark.parametrize(("place", "name"), STEPS, ids=[name for _, name in STEPS])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_kill_at_each_step_changes_nothing_in_the_end(staff, undisturbed, monkeypatch, place, name, after):
    """At every third call of the step, so that kills come again and again and the job still gets further."""
    calls = iter(range(1, 1000))

    def when():
        is_time = next(calls) % 3 == 0
        return (is_time and not after, is_time and after)

    monkeypatch.setattr(place, name, killing(getattr(place, name), when))
    job = queued_import(staff, file_of_rows())
    runs = next(run for run in range(1, MOST_RUNS) if in_a_process_that_may_die(job))

    assert runs > 2
    assert table() == undisturbed


@pytest.mark.parametrize("seed", range(10))
def test_kills_at_random_steps_change_nothing_in_the_end(staff, undisturbed, settings, monkeypatch, seed):
    """Also with chunks of another size in every run, as after a release that changed the setting."""
    chance = random.Random(seed)  # noqa: S311 (it has to be repeatable)

    def when():
        return chance.random() < 0.06, chance.random() < 0.06

    for place, name in STEPS[:-1]:
        monkeypatch.setattr(place, name, killing(getattr(place, name), when))
    monkeypatch.setattr(leases, "MOST_FRUITLESS_ATTEMPTS", MOST_RUNS)
    job = queued_import(staff, file_of_rows())
    runs = 1
    while not in_a_process_that_may_die(job):
        settings.IMPORT_CHUNK_ROWS = chance.randrange(1, 20)
        runs += 1
        assert runs < MOST_RUNS

    assert runs > 1
    assert table() == undisturbed


def test_the_digest_notices_a_difference(shop):
    before = table()
    Product.objects.filter(slug="kettle").update(category=Category.objects.get(slug="audio"))
    assert table() != before
