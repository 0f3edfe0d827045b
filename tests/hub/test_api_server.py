"""A scratch server: its own catalogue, gone afterwards, and plain words when it does not come up."""

import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from hub.api_server import ServerFailed, free_port, scratch_server, wait_until_ready


def status(address: str) -> int:
    with urllib.request.urlopen(address, timeout=20) as response:  # noqa: S310
        return int(response.status)


def test_it_answers_from_a_catalogue_of_its_own_and_is_gone_afterwards(tmp_path):
    with scratch_server(tmp_path) as address:
        assert status(f"{address}api/v1/products/lagoon-speaker/") == 200
        assert (tmp_path / "db.sqlite3").is_file()
    with pytest.raises(urllib.error.URLError):
        status(address)


def test_a_server_that_ends_at_once_is_told_with_what_it_said(tmp_path):
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", "print('no such database')"], stdout=output)
    with pytest.raises(ServerFailed, match="did not start: it said:\nno such database"):
        wait_until_ready(process, "127.0.0.1", free_port(), log=log)


def test_a_server_that_never_becomes_ready_is_given_up(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with pytest.raises(ServerFailed, match="not ready within 1 s: /health/ready/ answered nothing"):
        wait_until_ready(process, "127.0.0.1", free_port(), seconds=1)
    process.communicate(timeout=10)
