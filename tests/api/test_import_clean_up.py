"""What time leaves behind is tidied up; what somebody may still need is not."""

import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from demo_api.imports import cleaning, services
from demo_api.imports.models import Import
from demo_api.outbox.models import Entry
from tests.api.world import IMPORTS, import_files, queued_import, run_import

HEADER = "slug,name,price,category\n"
NOTHING = {"expired": 0, "orphans": 0, "rescued": 0}


def test_the_file_of_a_finished_import_goes_when_its_time_is_over(
    staff, shop, settings, django_capture_on_commit_callbacks
):
    settings.IMPORT_RETENTION_DAYS = 3
    document = run_import(staff, HEADER + "mug,,1,kitchen\n")
    finished = timezone.now()
    for days, expected in ((2, 0), (4, 1), (4, 0)):
        Import.objects.update(finished_at=finished - timedelta(days=days))
        with django_capture_on_commit_callbacks(execute=True):
            assert cleaning.clean_up() == NOTHING | {"expired": expected}

    assert import_files() == []
    kept = staff.get(f"{IMPORTS}{document['id']}/").json()
    assert kept["errors"] == document["errors"]


@pytest.mark.parametrize("state", ["queued", "running"])
def test_the_file_of_an_unfinished_import_stays(staff, shop, state):
    queued_import(staff, HEADER)
    long_ago = timezone.now() - timedelta(days=400)
    Import.objects.update(state=state, created_at=long_ago, finished_at=long_ago)

    assert cleaning.forget_files() == 0
    assert len(import_files()) == 1


def test_a_file_without_a_row_goes_once_it_cannot_be_on_its_way_any_more(staff, shop):
    kept = queued_import(staff, HEADER).file_name
    storage = storages["imports"]
    for name, hours in (("old.csv", 25), ("young.csv", 1), (kept, 48)):
        if name != kept:
            storage.save(name, ContentFile(b"x"))
        at = (timezone.now() - timedelta(hours=hours)).timestamp()
        os.utime(storage.path(name), (at, at))

    assert cleaning.clean_up() == NOTHING | {"orphans": 1}
    assert import_files() == sorted([kept, "young.csv"])


def test_with_nothing_stored_there_is_nothing_to_do(db):
    assert cleaning.clean_up() == NOTHING


def test_an_import_whose_worker_is_gone_is_promised_again(staff, shop):
    """Its message was acknowledged, or lost with the broker: the lease that ran out is all that is left."""
    job = queued_import(staff, HEADER + "mug,Mug,1,kitchen\n")
    Entry.objects.all().delete()
    Import.objects.update(state="running", leased_until=timezone.now() - timedelta(hours=1))

    assert cleaning.clean_up() == NOTHING | {"rescued": 1}
    services.run(**Entry.objects.get().arguments)

    job.refresh_from_db()
    assert job.state == "succeeded"


def test_an_import_that_its_queue_forgot_is_promised_again_once_an_hour(staff, shop):
    queued_import(staff, HEADER)
    Entry.objects.all().delete()
    assert cleaning.rescue() == 0
    Import.objects.update(queued_at=timezone.now() - timedelta(hours=2))

    assert (cleaning.rescue(), cleaning.rescue()) == (1, 0)
    assert Entry.objects.count() == 1


def test_an_import_at_work_is_left_alone(staff, shop):
    queued_import(staff, HEADER)
    Import.objects.update(state="running", leased_until=timezone.now() + timedelta(seconds=5))

    assert cleaning.rescue() == 0
