"""Running an import: what becomes of the table, and that nobody else's run can spoil it."""

import tracemalloc
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, connection
from django.utils import timezone

from demo_api.catalog.models import Product
from demo_api.imports import chunks, leases, loading, services
from demo_api.imports.models import Import
from demo_api.nexus import browser
from demo_api.outbox.models import Entry
from tests.api.world import IMPORTS, OPENED, queued_import, run_import, send_csv

HEADER = "slug,name,price,category\n"


def counts(document):
    return {name: document["rows"][name] for name in ("created", "updated", "unchanged", "refused")}


def test_rows_create_and_update_by_slug(staff, shop):
    text = (
        "slug,name,description,price,currency,stock,is_active,category\n"
        "mug,Mug,Big,9.50,GBP,7,false,kitchen\n"
        "kettle,Heron Kettle,,80,EUR,5,true,coffee\n"
    )
    document = run_import(staff, text)

    assert counts(document) == {"created": 1, "updated": 1, "unchanged": 0, "refused": 0}
    mug, kettle = Product.objects.get(slug="mug"), Product.objects.get(slug="kettle")
    assert (mug.name, mug.description, mug.price, mug.currency) == ("Mug", "Big", Decimal("9.50"), "GBP")
    assert (mug.stock, mug.is_active, mug.category, mug.image.name) == (7, False, shop.kitchen, "")
    assert (kettle.price, kettle.uuid, kettle.created_at) == (Decimal(80), shop.kettle.uuid, shop.kettle.created_at)
    assert kettle.updated_at > shop.kettle.updated_at
    mug.full_clean()


def test_a_column_that_is_not_there_leaves_what_is(staff, shop):
    document = run_import(staff, HEADER + "prototype,New Name,1.00,audio\nmug,Mug,9.50,kitchen\n")

    assert counts(document) == {"created": 1, "updated": 1, "unchanged": 0, "refused": 0}
    prototype, mug = Product.objects.get(slug="prototype"), Product.objects.get(slug="mug")
    assert (prototype.name, prototype.stock, prototype.is_active) == ("New Name", 3, False)
    assert (mug.stock, mug.is_active, mug.currency, mug.description) == (0, True, "EUR", "")


def test_what_is_the_same_is_not_written(staff, shop):
    Product.objects.update(updated_at=OPENED)

    document = run_import(staff, HEADER + "kettle, Heron Kettle ,79,coffee\nspeaker,Lagoon Speaker,1.00,audio\n")

    assert counts(document) == {"created": 0, "updated": 1, "unchanged": 1, "refused": 0}
    assert set(Product.objects.filter(updated_at__gt=OPENED).values_list("slug", flat=True)) == {"speaker"}


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_the_last_row_of_a_slug_wins_wherever_chunks_end(staff, shop, settings, chunk):
    """The counts do not depend on it either: each row is counted against what stands there when its turn comes."""
    settings.IMPORT_CHUNK_ROWS = chunk
    rows = ["mug,One,1,kitchen", "kettle,Heron Kettle,79,coffee", "mug,Two,1,kitchen", "mug,,1,kitchen",
            "mug,Two,1.0,kitchen", "kettle,Other,79,coffee", "kettle,Heron Kettle,79,coffee"]  # fmt: skip

    document = run_import(staff, HEADER + "\n".join(rows))

    assert counts(document) == {"created": 1, "updated": 3, "unchanged": 2, "refused": 1}
    names = dict(Product.objects.filter(slug__in=["mug", "kettle"]).values_list("slug", "name"))
    assert names == {"mug": "Two", "kettle": "Heron Kettle"}


def test_cells_that_look_like_copy_commands_are_text(staff, shop):
    hostile = [
        "\\N",
        "\\.",
        "NULL",
        "\\\\",
        '""',
        "a\\tb",
        "a\n\\.\nb",
        "%s",
        "{}",
        "'; DROP TABLE catalog_product; --",
    ]
    rows = "".join(f'mug-{number},"{text}","{text}",1,kitchen\n' for number, text in enumerate(hostile))

    document = run_import(staff, "slug,name,description,price,category\n" + rows)

    assert counts(document)["created"] == len(hostile)
    for number, text in enumerate(hostile):
        product = Product.objects.get(slug=f"mug-{number}")
        assert product.name == product.description == text.replace('""', '"')


def test_a_chunk_costs_the_same_number_of_queries_however_many_rows(
    staff, shop, settings, django_assert_max_num_queries
):
    settings.IMPORT_CHUNK_ROWS = 10_000
    for size in (10, 1000):
        job = queued_import(staff, HEADER + "".join(f"m-{n}-{size},M,1,kitchen\n" for n in range(size)), f"{size}")
        # On SQLite, inserts go in batches of as many rows as its parameters allow.
        with django_assert_max_num_queries(26 if connection.vendor == "sqlite" and size > 10 else 24):
            services.run(str(job.uuid))


# Two at once ------------------------------------------------------------------------------------------------------


def test_of_two_deliveries_only_one_runs(staff, shop, settings, monkeypatch):
    """The second comes while the first is between two chunks; it only promises to look again."""
    settings.IMPORT_CHUNK_ROWS = 1
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\ncup,Cup,1,kitchen\n")
    Entry.objects.all().delete()
    read, seen = chunks.read, []

    def read_while_another_delivery_comes(source, job, most):
        monkeypatch.setattr(chunks, "read", read)
        services.run(str(job.uuid))
        seen.append(Import.objects.values("rows_done", "attempts", "state").get())
        return read(source, job, most)

    monkeypatch.setattr(chunks, "read", read_while_another_delivery_comes)
    services.run(str(job.uuid))

    assert seen == [{"rows_done": 0, "attempts": 1, "state": "running"}]
    assert Entry.objects.get().available_at > timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS - 5)
    job.refresh_from_db()
    assert (job.state, job.created, job.attempts) == ("succeeded", 2, 1)


def test_a_run_that_was_taken_for_dead_writes_nothing_more(staff, shop, settings, monkeypatch):
    """It was only slow: its lease ran out, another run took over and finished, and then it wants to commit."""
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\n")
    read = chunks.read

    def read_too_slowly(source, held, most):
        monkeypatch.setattr(chunks, "read", read)
        Import.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        services.run(str(held.uuid))
        Product.objects.filter(slug="mug").update(name="Changed since")
        return read(source, held, most)

    monkeypatch.setattr(chunks, "read", read_too_slowly)
    services.run(str(job.uuid))

    job.refresh_from_db()
    assert (job.state, job.attempts, job.rows_done) == ("succeeded", 2, 1)
    assert Product.objects.get(slug="mug").name == "Changed since"


def test_running_a_finished_import_does_nothing(staff, shop):
    document = run_import(staff, HEADER + "mug,Mug,1,kitchen\n")
    Product.objects.filter(slug="mug").delete()

    services.run(document["id"])

    assert staff.get(f"{IMPORTS}{document['id']}/").json() == document
    assert not Product.objects.filter(slug="mug").exists()


def test_an_import_that_does_not_exist_is_no_work(db):
    services.run("00000000-0000-4000-8000-000000000000")
    assert not services.run_slice("00000000-0000-4000-8000-000000000000")
    assert not Entry.objects.exists()


# When it fails ----------------------------------------------------------------------------------------------------


def run_until_nothing_is_due():
    """What a worker does, without waiting for pauses."""
    for _ in range(50):
        entry = Entry.objects.first()
        if entry is None:
            return
        entry.delete()
        with suppress(ZeroDivisionError):
            services.run(**entry.arguments)
    raise AssertionError("the queue does not come to an end")


def test_a_job_that_fails_five_times_stops_and_is_kept(staff, shop, monkeypatch):
    monkeypatch.setattr(loading, "write", lambda *args: 1 / 0)
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\n")

    run_until_nothing_is_due()

    document = staff.get(f"{IMPORTS}{job.uuid}/").json()
    assert (document["state"], document["attempts"]) == ("failed", 5)
    assert document["problem"] == "The last run stopped: ZeroDivisionError."
    assert storages["imports"].exists(job.file_name)


def test_a_job_whose_workers_are_killed_five_times_stops_too(staff, shop):
    """A kill leaves no word: the attempt was counted before anything ran."""
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\n")
    for _ in range(5):
        assert leases.claim(str(job.uuid))
        Import.objects.update(leased_until=timezone.now())

    assert leases.claim(str(job.uuid)) is None

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 5)
    assert job.problem


def test_attempts_that_get_further_do_not_count_against_it(staff, shop, settings, monkeypatch):
    """Ten kills in a long import are ten restarts; five without a single checkpoint are a poisoned job."""
    settings.IMPORT_CHUNK_ROWS = 1
    job = queued_import(staff, HEADER + "".join(f"mug-{number},Mug,1,kitchen\n" for number in range(10)))
    load, loaded = chunks.load, []

    def load_one_and_fail(job, source, *, rows):
        more = load(job, source, rows=rows)
        loaded.append(rows)
        return more and 1 / 0

    monkeypatch.setattr(chunks, "load", load_one_and_fail)
    run_until_nothing_is_due()

    job.refresh_from_db()
    assert (job.state, job.created, job.attempts) == ("succeeded", 10, len(loaded))
    assert len(loaded) > 5


def test_a_failed_job_can_be_tried_again_once_its_cause_is_gone(staff, shop, monkeypatch):
    monkeypatch.setattr(loading, "write", lambda *args: 1 / 0)
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\n")
    run_until_nothing_is_due()
    monkeypatch.undo()

    staff.post(f"{IMPORTS}{job.uuid}/retry/")
    run_until_nothing_is_due()

    document = staff.get(f"{IMPORTS}{job.uuid}/").json()
    assert (document["state"], document["rows"]["created"], document["problem"]) == ("succeeded", 1, "")


def test_new_tries_wait_longer_and_longer(staff, shop, monkeypatch):
    monkeypatch.setattr(loading, "write", lambda *args: 1 / 0)
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\n")
    pauses = []
    for _ in range(4):
        Entry.objects.all().delete()
        with pytest.raises(ZeroDivisionError):
            services.run(str(job.uuid))
        pauses.append(Entry.objects.get().available_at - timezone.now())

    assert pauses == sorted(pauses)
    assert pauses[-1] > timedelta(seconds=100)


def test_a_time_limit_leaves_the_job_to_go_on(staff, shop, settings, monkeypatch):
    """Celery's soft time limit is an exception that comes from anywhere."""

    class SoftTimeLimitExceeded(Exception): ...

    settings.IMPORT_CHUNK_ROWS = 1
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\ncup,Cup,1,kitchen\n")
    write, calls = loading.write, []

    def write_slowly(columns, rows):
        outcome = write(columns, rows)
        calls.append(rows)
        if len(calls) == 2:
            raise SoftTimeLimitExceeded
        return outcome

    monkeypatch.setattr(loading, "write", write_slowly)
    Entry.objects.all().delete()
    with pytest.raises(SoftTimeLimitExceeded):
        services.run(str(job.uuid))
    job.refresh_from_db()
    assert (job.state, job.rows_done, Entry.objects.get().available_at <= timezone.now()) == ("queued", 1, True)

    services.run(**Entry.objects.get().arguments)

    job.refresh_from_db()
    assert (job.state, job.created) == ("succeeded", 2)


def test_a_file_that_is_gone_fails_the_import_with_a_reason(staff, shop):
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\n")
    storages["imports"].delete(job.file_name)

    services.run(str(job.uuid))

    job.refresh_from_db()
    assert (job.state, job.problem) == ("failed", "The file is no longer stored. Send it again.")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite's transaction holds the only write lock")
def test_a_category_that_is_deleted_meanwhile_costs_an_attempt_and_no_row(staff, shop, monkeypatch):
    """Between the look-up and the write it goes: the database refuses the chunk, and the next try sees what is so."""
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\ncup,Cup,1,audio\n")
    write = loading.write

    def write_after_a_deletion(columns, rows):
        monkeypatch.setattr(loading, "write", write)
        rows[1][-1] = 999_999  # the id of a category that is no more
        return write(columns, rows)

    monkeypatch.setattr(loading, "write", write_after_a_deletion)
    with pytest.raises(IntegrityError):
        services.run(str(job.uuid))
    services.run(str(job.uuid))

    job.refresh_from_db()
    assert (job.state, job.created, job.attempts) == ("succeeded", 2, 2)


# In the page ------------------------------------------------------------------------------------------------------


def test_the_page_does_waiting_work_in_slices(staff, shop, settings):
    settings.IMPORT_CHUNK_ROWS = 1
    send_csv(staff, HEADER + "mug,Mug,1,kitchen\ncup,Cup,1,kitchen\n")

    assert browser.work()
    assert Import.objects.get().rows_done == 1
    assert browser.work()
    assert not browser.work()  # the end of the file is a slice of its own
    assert (Import.objects.get().state, Entry.objects.count()) == ("succeeded", 0)
    assert not browser.work()


def test_the_page_turns_to_the_next_import(staff, shop):
    for key in ("file-1", "file-2"):
        send_csv(staff, HEADER + f"mug-{key},Mug,1,kitchen\n", key)

    assert browser.work()
    assert not browser.work()
    assert set(Import.objects.values_list("state", flat=True)) == {"succeeded"}


# Memory -----------------------------------------------------------------------------------------------------------


def rows_of(size):
    """So many rows about 5,000 products, of which every hundredth row is refused: little to write, all to be read."""
    return "".join(f"mug-{number % 5000},{'Mug' if number % 100 else ''},1.50,kitchen\n" for number in range(size))


def test_memory_does_not_grow_with_the_file(staff, shop):
    """Ten times as many rows, and the same peak. The database's own memory is not Python's, and is not measured."""
    peaks = []
    for size in (10_000, 100_000):
        job = queued_import(staff, HEADER + rows_of(size), f"{size}")
        tracemalloc.start()
        services.run(str(job.uuid))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert Import.objects.filter(unchanged=99_000, refused=1_000).exists()
    assert peaks[1] < 1.3 * peaks[0], peaks
