"""`manage.py sweep_media`: finds pictures that no product names, and deletes them only when told to."""

import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from demo_api.catalog.models import Product
from tests.api.world import stored_files

ORPHAN, YOUNG, NAMED, SEEDED = (f"products/{name}.webp" for name in ("orphan", "young", "named", "seed/curated"))


@pytest.fixture
def _stored(shop):
    """Four files, three of them two hours old; the kettle names one. The speaker names one that is not there."""
    for name in (ORPHAN, YOUNG, NAMED, SEEDED):
        default_storage.save(name, ContentFile(b"picture"))
        if name != YOUNG:
            os.utime(Path(default_storage.path(name)), (time.time() - 7200,) * 2)
    Product.objects.filter(pk=shop.kettle.pk).update(image=NAMED)
    Product.objects.filter(pk=shop.speaker.pk).update(image="products/lost.webp")


def sweep(*options: str) -> list[str]:
    printed = StringIO()
    call_command("sweep_media", *options, stdout=printed)
    return printed.getvalue().splitlines()


@pytest.mark.usefixtures("_stored")
def test_by_itself_it_only_says_what_it_found():
    before = stored_files()
    assert sweep() == [
        f"orphan: {ORPHAN}",
        "missing: products/lost.webp",
        "1 orphan(s) found; --delete deletes them. 1 picture(s) missing.",
    ]
    assert stored_files() == before


@pytest.mark.usefixtures("_stored")
def test_told_to_it_deletes_them_and_nothing_else():
    """A young file may belong to an upload that is under way; a seeded one is used again by its name."""
    assert sweep("--delete")[-1] == "1 orphan(s) deleted. 1 picture(s) missing."
    assert stored_files() == sorted([YOUNG, NAMED, SEEDED])


@pytest.mark.usefixtures("_stored")
def test_how_old_is_old_enough_can_be_said():
    sweep("--delete", "--older-than", "0")
    assert stored_files() == sorted([NAMED, SEEDED])


def test_where_nothing_was_ever_stored_there_is_nothing_to_find(db):
    assert sweep() == ["0 orphan(s) found; --delete deletes them. 0 picture(s) missing."]


@pytest.mark.parametrize("nonsense", ["-1", "1.5", "soon", "99999999"])
def test_an_age_that_is_none_is_refused(db, nonsense):
    with pytest.raises(CommandError, match="whole number of minutes"):
        sweep(f"--older-than={nonsense}")
