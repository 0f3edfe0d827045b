"""`manage.py seed`: the same everywhere, safe to repeat, in bounded memory."""

import hashlib
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import override_settings

from demo_api.catalog import seeding
from demo_api.catalog.models import Category, Product
from tests.api.world import AUTH, PRODUCTS, fingerprint, slugs, stored_files

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


def seed(*arguments: str) -> str:
    output = StringIO()
    call_command("seed", *arguments, stdout=output, stderr=output)
    return output.getvalue()


def digest() -> str:
    """Everything of the catalogue that a caller can see, from category to picture."""
    rows = Product.objects.order_by("uuid").values_list(
        "uuid", "slug", "name", "description", "price", "currency", "stock", "is_active", "image", "category__slug",
        "created_at", "updated_at",
    )  # fmt: skip
    tree = Category.objects.order_by("slug").values_list("slug", "name", "description", "parent__slug", "updated_at")
    text = json.dumps([list(rows), sorted(tree)], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_curated_catalogue_looks_real(anonymous):
    seed()

    assert 10 <= Category.objects.count() <= 15
    assert Product.objects.count() == 60
    assert Category.objects.filter(parent=None).exists()
    assert Category.objects.exclude(parent=None).exists()
    for product in Product.objects.all():
        product.full_clean()
        assert len(product.description) > 40
        assert product.price > 0
    assert len(stored_files()) == 60
    page = anonymous.get(PRODUCTS, {"page_size": 100}).json()["results"]
    shown = anonymous.get(page[0]["image"])
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
    assert len(b"".join(shown.streaming_content)) > 1000


def test_seeding_twice_changes_nothing(db):
    seed("--count", "30")
    before = fingerprint()
    assert "Added 0 curated and 0 generated products, 0 demo accounts." in seed("--count", "30")
    assert fingerprint() == before


def test_what_somebody_changed_stays_changed(db):
    seed()
    Product.objects.filter(slug="hourglass-brewer").update(price=1, stock=1)
    Product.objects.filter(slug="plain-eraser").delete()
    assert "Added 1 curated" in seed()
    assert Product.objects.get(slug="hourglass-brewer").price == 1


def test_more_can_be_added_later_and_none_is_taken_away(db):
    assert "60 curated and 5 generated" in seed("--count", "5")
    assert "0 curated and 3 generated" in seed("--count", "8")
    assert "0 curated and 0 generated" in seed("--count", "2")
    assert Product.objects.filter(slug__startswith="generated-").count() == 8


def test_it_is_the_same_on_every_machine(db, tmp_path):
    """Another process, with another hash seed, on a database of its own."""
    seed("--count", "40")
    script = (
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "call_command('migrate', verbosity=0); call_command('seed', '--count', '40', verbosity=0)\n"
        "from tests.api.test_seed import digest; print(digest())"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "demo_api.nexus.settings",
        "PYTHONHASHSEED": "1",
        "TZ": "Asia/Kolkata",
        "POSTGRES_HOST": "",
        "SQLITE_PATH": str(tmp_path / "other.sqlite3"),
        "MEDIA_ROOT": str(tmp_path / "other-media"),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == digest(), done.stderr


def test_generated_products_can_be_sold(anonymous):
    seed("--count", "20")
    for product in Product.objects.filter(slug__startswith="generated-"):
        product.full_clean()
    assert slugs(anonymous.get(PRODUCTS, {"search": "generated", "page_size": 100}))


# Memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [19, 20, 50])
def test_never_more_than_a_batch_is_held_at_once(db, monkeypatch, count):
    seeding.seed_catalogue()
    monkeypatch.setattr(seeding, "BATCH", 10)
    held, insert, steps = [], type(Product.objects).bulk_create, []

    def counted(self, rows, *args, **kwargs):
        rows = list(rows)
        held.append(len(rows))
        return insert(self, rows, *args, **kwargs)

    monkeypatch.setattr(type(Product.objects), "bulk_create", counted)
    assert seeding.seed_generated(count, steps.append) == count
    assert max(held) == 10
    assert sum(steps) == count  # what the progress bar shows


@pytest.mark.parametrize("batches", [2, 5])
def test_the_queries_of_a_batch_are_as_many_in_each(db, monkeypatch, django_assert_max_num_queries, batches):
    seeding.seed_catalogue()
    monkeypatch.setattr(seeding, "BATCH", 10)
    with django_assert_max_num_queries(3 + batches * 4):  # a look, the insert, and its transaction's two ends
        seeding.seed_generated(batches * 10)


# Arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", ["many", "-1", "1.5", "5000001", "", "1e3", "\u0661"])
def test_a_bad_count_is_one_clear_sentence(db, count):
    with pytest.raises(CommandError, match="is not a whole number from 0 to 5,000,000"):
        seed(f"--count={count}")
    assert not Product.objects.exists()


# Accounts ---------------------------------------------------------------------------------------------------------


def test_the_demo_accounts_can_sign_in(anonymous):
    seed()
    for name, is_staff in (("demo-staff", True), ("demo", False)):
        body = {"username": name, "password": f"{name}-password"}
        assert anonymous.post(f"{AUTH}sign-in/", body).json()["account"]["is_staff"] is is_staff


def test_production_gets_none(db):
    """Their passwords are in the documentation."""
    with override_settings(ENVIRONMENT="production"):
        assert "0 demo accounts" in seed()
    assert not User.objects.exists()
    assert Product.objects.count() == 60
