"""The commands and programs beside the handbook's requests, run as a reader would, against a running server."""

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from hub.api_server import free_port
from hub.capture import ACCOUNTS, Exchange
from hub.snippets import SNIPPETS, START_ADDRESS
from scripts.nexus import run
from scripts.tasks.serve import server
from tests.docs.test_spec_coverage import asked

Token = Callable[[str], str]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running API with the seeded catalogue."""
    folder = tmp_path_factory.mktemp("snippets")
    settings = {
        **dict.fromkeys(("POSTGRES_HOST", "THROTTLING", "CORS_ALLOWED_ORIGINS"), ""),
        "DJANGO_ENV": "development",
        "SQLITE_PATH": str(folder / "api.sqlite3"),
        "MEDIA_ROOT": str(folder / "media"),
    }
    for arguments in (["migrate", "--verbosity", "0"], ["seed", "--verbosity", "0"]):
        assert run([sys.executable, "manage.py", *arguments], settings) == 0
    with server("127.0.0.1", free_port(), settings) as (_, url):
        yield url.rstrip("/")


@pytest.fixture(scope="module")
def token(api: str) -> Token:
    """Signs in with a demo account, once each."""
    known: dict[str, str] = {}

    def sign_in(account: str) -> str:
        if account not in known:
            body = json.dumps(dict(zip(("username", "password"), ACCOUNTS[account], strict=True))).encode()
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{api}/api/v1/auth/sign-in/", body, headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                known[account] = json.load(answer)["token"]
        return known[account]

    return sign_in


def reads() -> list[Exchange]:
    """The requests of the handbook that only read."""
    found = [exchange for _, exchange in asked() if exchange.request.method == "GET"]
    assert len(found) > 5
    return found


def snippet(name: str, exchange: Exchange, api: str, token: Token) -> str:
    """The text of a tab, for this server, with the token that its reader puts in."""
    account = exchange.request.account
    text = SNIPPETS[name][1](exchange.request, START_ADDRESS, bool(account)).replace(START_ADDRESS, api)
    return text.replace("YOUR_TOKEN", token(account)) if account else text


def test_the_curl_commands_get_the_recorded_status(api: str, token: Token):
    if not shutil.which("curl") or not shutil.which("sh"):
        pytest.skip("curl and a POSIX shell are not here, so its commands were not run")
    for exchange in reads():
        command = snippet("curl", exchange, api, token)
        done = subprocess.run(["sh", "-c", command], capture_output=True, encoding="utf-8", timeout=60)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout.split()[1] == str(exchange.answer.status), command


def test_the_python_programs_get_the_recorded_status(api: str, token: Token):
    pytest.importorskip("requests", reason="the package requests is not here, so its programs were not run")
    for exchange in reads():
        program = snippet("python", exchange, api, token)
        command = [sys.executable, "-X", "utf8", "-c", program]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
        assert done.returncode == 0, f"{program}\n{done.stderr}"
        assert done.stdout.split()[0] == str(exchange.answer.status), program
