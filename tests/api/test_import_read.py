"""GET /api/v1/imports/: how far an import is, cheaply enough to be asked every second; cancel and retry."""

import pytest
from django.utils import timezone

from demo_api.catalog.models import Product
from demo_api.imports import chunks, services
from demo_api.imports.models import Import, ImportRowError
from demo_api.outbox.models import Entry
from tests.api.world import IMPORTS, problem, queued_import, run_import

HEADER = "slug,name,price,category\n"
ROWS = "".join(f"mug-{number},Mug {number},9.50,kitchen\n" for number in range(10))
UNKNOWN = f"{IMPORTS}00000000-0000-4000-8000-000000000000/"


def test_progress_is_seen_between_two_chunks(staff, shop, settings):
    settings.IMPORT_CHUNK_ROWS = 4
    job = queued_import(staff, HEADER + ROWS)

    seen = []
    while services.run_slice(str(job.uuid)):
        document = staff.get(f"{IMPORTS}{job.uuid}/").json()
        seen.append((document["state"], document["rows"]["done"], document["rows"]["total"]))
        assert 0 < document["progress"] < 1
        assert document["throughput"] > 0

    assert seen == [("running", 4, None), ("running", 8, None)]
    document = staff.get(f"{IMPORTS}{job.uuid}/").json()
    assert (document["state"], document["progress"], document["rows"]["total"]) == ("succeeded", 1.0, 10)
    assert (document["attempts"], document["problem"]) == (1, "")
    assert document["started_at"] <= document["finished_at"]


def test_polling_is_304_until_something_moves(staff, shop, settings):
    settings.IMPORT_CHUNK_ROWS = 4
    address = f"{IMPORTS}{queued_import(staff, HEADER + ROWS).uuid}/"
    first = staff.get(address)

    again = staff.get(address, headers={"If-None-Match": first["ETag"]})
    services.run_slice(first.json()["id"])
    moved = staff.get(address, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again["Retry-After"], again.content) == (304, "1", b"")
    assert (moved.status_code, moved["Retry-After"]) == (200, "1")
    assert moved["ETag"] != first["ETag"]


def test_a_finished_import_asks_nobody_to_come_back(staff, shop):
    document = run_import(staff, HEADER + ROWS)

    assert "Retry-After" not in staff.get(f"{IMPORTS}{document['id']}/")


def test_the_first_hundred_errors_are_shown_and_all_are_linked(staff, shop):
    document = run_import(staff, HEADER + "Bad Slug,,1.00,kitchen\n" + "mug,,9.50,kitchen\n" * 150)

    assert (document["state"], document["rows"]["refused"], len(document["errors"])) == ("succeeded", 151, 100)
    slug_message = "Lower-case letters a-z, digits and single hyphens between them."
    assert document["errors"][:3] == [
        {"row": 2, "column": "slug", "message": slug_message, "value": "Bad Slug"},
        {"row": 2, "column": "name", "message": "This field may not be blank.", "value": ""},
        {"row": 3, "column": "name", "message": "This field may not be blank.", "value": ""},
    ]
    response = staff.get(document["errors_url"])
    lines = response.getvalue().decode().splitlines()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert (lines[0], len(lines)) == ("row,column,message,value", 153)
    assert lines[-1] == "152,name,This field may not be blank.,"


def test_the_errors_are_no_formulas(staff, shop):
    document = run_import(staff, HEADER + "=cmd(),Mug,1.00,kitchen\n")

    assert b"'=cmd()" in staff.get(document["errors_url"]).getvalue()
    assert document["errors"][0]["value"] == "=cmd()"


def test_reading_costs_the_same_with_many_errors(staff, shop, django_assert_num_queries):
    """The token, its account, the import, its errors."""
    job = Import.objects.get(uuid=run_import(staff, HEADER + "mug,,9.50,kitchen\n")["id"])
    address = f"{IMPORTS}{job.uuid}/"
    with django_assert_num_queries(3):
        staff.get(address)
    ImportRowError.objects.bulk_create(ImportRowError(job=job, row=row, message="x") for row in range(1000))
    with django_assert_num_queries(3):
        staff.get(address)


def test_the_list_comes_newest_first_in_pages(staff, shop):
    jobs = [str(queued_import(staff, HEADER, key=f"file-{number}").uuid) for number in range(3)]

    first = staff.get(f"{IMPORTS}?page_size=2").json()
    second = staff.get(first["next"]).json()

    assert [row["id"] for row in first["results"] + second["results"]] == jobs[::-1]
    assert second["next"] is None
    assert "errors" not in first["results"][0]


def test_the_list_is_304_until_an_import_moves(staff, shop):
    job = queued_import(staff, HEADER)
    tag = staff.get(IMPORTS)["ETag"]
    assert staff.get(IMPORTS, headers={"If-None-Match": tag}).status_code == 304
    services.run(str(job.uuid))
    assert staff.get(IMPORTS, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("path", ["", "cancel/", "retry/", "errors.csv"])
def test_an_unknown_import_is_not_found(staff, shop, path):
    method = staff.post if path in ("cancel/", "retry/") else staff.get
    problem(method(UNKNOWN + path), 404, "not-found")


# Cancel and retry -------------------------------------------------------------------------------------------------


def test_a_waiting_import_is_cancelled(staff, shop):
    job = queued_import(staff, HEADER + ROWS)
    before = Product.objects.count()

    response = staff.post(f"{IMPORTS}{job.uuid}/cancel/")
    services.run(str(job.uuid))  # its message comes all the same

    assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    assert Product.objects.count() == before


def test_cancelling_a_running_import_keeps_finished_chunks_and_stops_the_next(staff, shop, settings, monkeypatch):
    settings.IMPORT_CHUNK_ROWS = 4
    job = queued_import(staff, HEADER + ROWS)
    services.run_slice(str(job.uuid))
    read = chunks.read

    def read_while_staff_cancels(*args):
        assert staff.post(f"{IMPORTS}{job.uuid}/cancel/").json()["state"] == "cancelled"
        return read(*args)

    monkeypatch.setattr(chunks, "read", read_while_staff_cancels)
    services.run(str(job.uuid))

    job.refresh_from_db()
    assert (job.state, job.rows_done) == ("cancelled", 4)
    assert Product.objects.filter(slug__startswith="mug-").count() == 4


def test_cancelling_twice_or_too_late_changes_nothing(staff, shop):
    done = run_import(staff, HEADER + ROWS)

    response = staff.post(f"{IMPORTS}{done['id']}/cancel/")

    assert response.json() == done


def test_a_cancelled_import_goes_on_where_it_stopped(staff, shop, settings):
    settings.IMPORT_CHUNK_ROWS = 4
    job = queued_import(staff, HEADER + ROWS)
    services.run_slice(str(job.uuid))
    staff.post(f"{IMPORTS}{job.uuid}/cancel/")
    Entry.objects.all().delete()

    response = staff.post(f"{IMPORTS}{job.uuid}/retry/")
    assert (response.json()["state"], response["Retry-After"]) == ("queued", "1")
    services.run(**Entry.objects.get().arguments)

    document = staff.get(f"{IMPORTS}{job.uuid}/").json()
    assert (document["state"], document["rows"]["created"], document["attempts"]) == ("succeeded", 10, 2)


def test_retrying_what_waits_promises_nothing_twice(staff, shop):
    job = queued_import(staff, HEADER)

    assert staff.post(f"{IMPORTS}{job.uuid}/retry/").json()["state"] == "queued"
    assert Entry.objects.count() == 1


def test_what_has_succeeded_is_not_tried_again(staff, shop):
    done = run_import(staff, HEADER)
    problem(staff.post(f"{IMPORTS}{done['id']}/retry/"), 409, "import-not-retryable")


def test_what_has_lost_its_file_is_not_tried_again(staff, shop):
    job = queued_import(staff, HEADER)
    Import.objects.update(state="failed", file_name="", finished_at=timezone.now())
    problem(staff.post(f"{IMPORTS}{job.uuid}/retry/"), 409, "import-not-retryable")


def test_a_retry_waits_its_turn_too(staff, shop, settings):
    settings.IMPORT_QUEUE_LIMIT = 1
    job = queued_import(staff, HEADER)
    staff.post(f"{IMPORTS}{job.uuid}/cancel/")
    queued_import(staff, HEADER, "file-2")

    problem(staff.post(f"{IMPORTS}{job.uuid}/retry/"), 503, "queue-full")
