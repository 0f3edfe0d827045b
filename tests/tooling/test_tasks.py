"""The tasks behind `scripts/nexus.py`: what they skip, and what they say."""

from pathlib import Path

import pytest

from scripts.tasks.database import unreachable, why_it_failed
from scripts.tasks.lock import versions
from scripts.tasks.serve import reachable_as
from scripts.tasks.stamps import is_recorded, record


def test_work_is_skipped_only_for_the_very_state_it_was_done_for(tmp_path: Path) -> None:
    assert not is_recorded("site", "a", tmp_path)
    record("site", "a", tmp_path)
    assert is_recorded("site", "a", tmp_path)
    assert not is_recorded("site", "b", tmp_path)
    assert not is_recorded("database", "a", tmp_path)


def test_an_unknown_state_is_never_skipped(tmp_path: Path) -> None:
    record("database", "", tmp_path)
    assert not is_recorded("database", "", tmp_path)


def test_a_database_that_refuses_is_one_sentence() -> None:
    refused = (
        'connection failed: connection to server at "127.0.0.1", port 9 failed: Connection refused\n\tIs the server up?'
    )
    assert unreachable(refused) == (
        'The database cannot be reached (connection to server at "127.0.0.1", port 9 failed: Connection refused): '
        "start it, or mend POSTGRES_* in the environment or in .env; "
        "without POSTGRES_HOST, a local SQLite file is used."
    )


def test_a_setting_that_cannot_be_is_told_in_the_words_of_the_settings() -> None:
    line = "django.core.exceptions.ImproperlyConfigured: DJANGO_DEBUG='maybe' is neither yes nor no."
    assert why_it_failed("migrate", "Traceback ...\n" + line) == "DJANGO_DEBUG='maybe' is neither yes nor no."


def test_any_other_failure_shows_its_last_lines() -> None:
    said = why_it_failed("seed", "Traceback ...\nValueError: no such picture")
    assert said == "Traceback ...\nValueError: no such picture\n'manage.py seed' failed: the lines above say why."


def test_a_host_by_name_is_allowed_and_a_loopback_address_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_ALLOWED_HOSTS", raising=False)
    assert reachable_as("127.0.0.1") == {}
    assert "192.0.2.7" in reachable_as("192.0.2.7")["DJANGO_ALLOWED_HOSTS"].split(",")
    monkeypatch.setenv("DJANGO_ALLOWED_HOSTS", "shop.test")
    assert reachable_as("192.0.2.7") == {}


def test_versions_are_read_with_markers_and_extras(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        "# a comment\na==1.0 \\\n    --hash=sha256:0\nb-c==2 ; sys_platform == 'win32' \\\n", encoding="utf-8"
    )
    assert versions(lock) == {"a": "1.0", "b-c": "2"}
    assert versions(tmp_path / "missing.txt") == {}
