"""The first thing to run on a new machine: does the database that the settings name answer, and does the service?

    python -m pytest tests/integration/test_smoke_db.py

The tests make a database of their own beside the configured one, on the same server and with the same account, so they
run before `manage.py migrate` as well as after it, and leave nothing behind.
"""

import os

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from demo_api.catalog.models import Category


@pytest.mark.django_db
def test_the_configured_database_answers():
    expected = "postgresql" if os.environ.get("POSTGRES_HOST", "").strip() else "sqlite"
    assert connection.vendor == expected
    with connection.cursor() as cursor:
        cursor.execute("SELECT 40 + 2")
        assert cursor.fetchone() == (42,)


@pytest.mark.django_db
def test_every_migration_is_applied():
    call_command("migrate", "--check", verbosity=0)  # exits with 1 when one is not


@pytest.mark.django_db
def test_what_is_written_is_read():
    Category.objects.create(slug="smoke", name="Smoke")
    assert Category.objects.get(slug="smoke").name == "Smoke"


def test_the_liveness_endpoint_answers_without_a_database(client: Client):
    answer = client.get("/health/live/")  # without the mark `django_db`, a query would fail the test
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.django_db(transaction=True)
def test_the_readiness_endpoint_finds_the_database(client: Client):
    answer = client.get("/health/ready/")
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "queue": "ok"}}
    assert answer.status_code == 200
