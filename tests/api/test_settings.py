"""Settings from the environment: wrong values stop the program and say what to write; production must be safe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from demo_api.nexus import databases, env

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DJANGO_", "POSTGRES_", "SQLITE_", "MEDIA_", "SITE_", "CORS_", "SECURE_", "THROTTLING", "TRUSTED_", "LOG_LEVEL")
KEY = "a-key-of-our-own-" * 4


# One variable -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("YES", True), (" on ", True), ("0", False), ("False", False)]
)
def test_a_flag_is_yes_or_no(monkeypatch, text, value):
    monkeypatch.setenv("X", text)
    assert env.flag("X", not value) is value


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_variable_is_an_unset_one(monkeypatch, text):
    monkeypatch.setenv("X", text)
    assert (env.flag("X", True), env.text("X", "a"), env.words("X", ["b"])) == (True, "a", ["b"])
    assert env.integer("X", 7, least=0, most=9) == 7


@pytest.mark.parametrize("text", ["maybe", "2", "-1", "truefalse", "\u0661"])
def test_a_flag_that_is_neither_says_what_to_write(monkeypatch, text):
    monkeypatch.setenv("X", text)
    with pytest.raises(ImproperlyConfigured, match="Write X=1 or X=0"):
        env.flag("X")


@pytest.mark.parametrize("text", ["ten", "1.5", "-1", "10", "--5", "-", "5-", "1e3", "9" * 5000])
def test_a_number_out_of_its_range_says_the_range(monkeypatch, text):
    monkeypatch.setenv("X", text)
    with pytest.raises(ImproperlyConfigured, match="is not a whole number from 0 to 9"):
        env.integer("X", 5, least=0, most=9)


def test_a_word_that_is_not_known_says_which_are(monkeypatch):
    monkeypatch.setenv("X", "staging")
    with pytest.raises(ImproperlyConfigured, match="Write one of: development, production"):
        env.choice("X", "development", among=["development", "production"])


def test_a_list_has_no_empty_parts(monkeypatch):
    monkeypatch.setenv("X", " a, ,b,")
    assert env.words("X") == ["a", "b"]


def test_a_path_is_taken_from_the_project(monkeypatch, tmp_path):
    monkeypatch.setenv("X", "sub/file")
    assert env.path("X", tmp_path, root=tmp_path) == (tmp_path / "sub" / "file").resolve()


# The database -----------------------------------------------------------------------------------------------------

POSTGRES = {"POSTGRES_HOST": "db", "POSTGRES_DB": "nexus", "POSTGRES_USER": "nexus", "POSTGRES_PASSWORD": "secret"}


@pytest.fixture
def variables(monkeypatch):
    """Sets these variables and unsets every other of ours."""

    def variables(**values):
        for name in list(os.environ):
            if name.startswith(OURS):
                monkeypatch.delenv(name)
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return variables


def test_without_a_host_it_is_sqlite_in_the_projects_folder(variables, tmp_path):
    variables()
    chosen = databases.from_environment(tmp_path)
    assert chosen["ENGINE"].endswith("sqlite3")
    assert chosen["NAME"] == tmp_path / "var" / "db.sqlite3"
    assert chosen["NAME"].parent.is_dir()


def test_sqlite_takes_the_write_lock_first_and_lets_readers_on(variables, tmp_path):
    """A transaction that has read could otherwise fail when it wants to write: 'database is locked'."""
    variables()
    options = databases.from_environment(tmp_path)["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]
    assert options["timeout"] == 5


def test_with_a_host_it_is_postgresql(variables, tmp_path):
    variables(**POSTGRES)
    chosen = databases.from_environment(tmp_path)
    assert chosen["ENGINE"].endswith("postgresql")
    assert (chosen["HOST"], chosen["PORT"], chosen["NAME"]) == ("db", "5432", "nexus")


@pytest.mark.parametrize("missing", ["POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"])
def test_half_a_configuration_names_the_other_half(variables, tmp_path, missing):
    variables(**POSTGRES | {missing: ""})
    with pytest.raises(ImproperlyConfigured, match=f"{missing} is not.*unset POSTGRES_HOST"):
        databases.from_environment(tmp_path)


def test_a_bad_port_is_refused(variables, tmp_path):
    variables(**POSTGRES, POSTGRES_PORT="99999")
    with pytest.raises(ImproperlyConfigured, match="POSTGRES_PORT"):
        databases.from_environment(tmp_path)


# The whole program ------------------------------------------------------------------------------------------------


def check(tmp_path, **values: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` with these variables; the empty ones win over a `.env` file."""
    empty = dict.fromkeys(
        ["POSTGRES_HOST", "DJANGO_ENV", "DJANGO_DEBUG", "DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS"], ""
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment | empty | {"SQLITE_PATH": str(tmp_path / "db.sqlite3")} | values,
        capture_output=True,
        text=True,
        timeout=60,
    )


SAFE = {"DJANGO_ENV": "production", "DJANGO_SECRET_KEY": KEY, "DJANGO_ALLOWED_HOSTS": "shop.example.org"}


@pytest.mark.parametrize("values", [{}, SAFE, {"DJANGO_ENV": "browser"}], ids=["development", "production", "browser"])
def test_a_sound_configuration_passes(tmp_path, values):
    done = check(tmp_path, **values)
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("change", "code", "hint"),
    [
        ({"DJANGO_SECRET_KEY": ""}, "nexus.E001", "secrets.token_urlsafe"),
        ({"DJANGO_SECRET_KEY": "short"}, "nexus.E001", "secrets.token_urlsafe"),
        ({"DJANGO_DEBUG": "1"}, "nexus.E002", "Unset DJANGO_DEBUG"),
        ({"DJANGO_ALLOWED_HOSTS": "shop.example.org, *"}, "nexus.E003", "DJANGO_ALLOWED_HOSTS=shop.example.org"),
    ],
    ids=["default key", "short key", "debug", "every host"],
)
def test_production_refuses_to_be_unsafe_and_says_what_to_set(tmp_path, change, code, hint):
    done = check(tmp_path, **SAFE | change)
    assert done.returncode != 0
    assert code in done.stderr
    assert hint in done.stderr


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"DJANGO_DEBUG": "maybe"}, "Write DJANGO_DEBUG=1 or DJANGO_DEBUG=0"),
        ({"DJANGO_ENV": "staging"}, "Write one of: development, production, browser"),
        (
            {"POSTGRES_HOST": "db", "POSTGRES_DB": "", "POSTGRES_USER": "", "POSTGRES_PASSWORD": ""},
            "POSTGRES_DB, POSTGRES",
        ),
        ({"TRUSTED_PROXY_COUNT": "--1"}, "from 0 to 5"),
    ],
    ids=["flag", "word", "half a PostgreSQL", "number"],
)
def test_a_wrong_value_stops_the_program_with_one_clear_line(tmp_path, values, said):
    done = check(tmp_path, **values)
    assert done.returncode != 0
    assert said in done.stderr.strip().splitlines()[-1]


def test_a_server_does_not_start_unsafe(tmp_path):
    """gunicorn runs no checks of its own: importing the WSGI entry must."""
    environment = os.environ | SAFE | {"DJANGO_SECRET_KEY": "", "POSTGRES_HOST": "", "SQLITE_PATH": str(tmp_path / "x")}
    command = [sys.executable, "-c", "import demo_api.nexus.wsgi"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "nexus.E001" in done.stderr
