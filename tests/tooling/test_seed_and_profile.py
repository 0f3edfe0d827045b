"""`scripts/seed_and_profile.py` against servers that behave, and servers that do not."""

import json
import socket
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scripts import seed_and_profile
from scripts.seed_and_profile import Failure, address_of, main, percentile, scale

SCRIPT = Path(seed_and_profile.__file__)


class Catalogue(ThreadingHTTPServer):
    """A server that gives every request one answer, and remembers who asked for what."""

    status, body = 200, b'{"results": []}'
    timing: str | None = 'db;dur=1.50;desc="4"'
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[tuple[str, Any]] = []
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Catalogue

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.client_address))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.body)))
        if self.server.timing:
            self.send_header("Server-Timing", self.server.timing)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    with Catalogue() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(server: Catalogue, folder: Path, *arguments: str) -> int:
    return main(["--host", server.address, "--count", "0", "--iterations", "20", "--output", str(folder), *arguments])


# What it measures -------------------------------------------------------------------------------------------------


def test_it_prints_and_writes_the_figures(catalogue, tmp_path, capsys):
    assert run(catalogue, tmp_path) == 0
    printed = capsys.readouterr().out
    for name in ("avg", "min", "max", "p50", "p95", "p99", "requests per second", "queries per request  ", "bytes"):
        assert name in printed
    summary = json.loads((tmp_path / "profile.json").read_text("utf-8"))
    assert len(summary["latencies"]) == summary["iterations"] == 20
    assert summary["milliseconds"]["min"] == min(summary["latencies"])
    assert summary["milliseconds"]["max"] == max(summary["latencies"])
    assert summary["queries_per_request"] == {"min": 4, "max": 4}
    assert summary["database_milliseconds_avg"] == 1.5
    assert summary["bytes"] == len(catalogue.body)
    assert {"host", "path", "date", "python", "machine", "commit"} <= summary.keys()


def test_one_connection_carries_the_warm_up_and_every_request(catalogue, tmp_path):
    run(catalogue, tmp_path)
    assert [path for path, _ in catalogue.asked] == ["/api/v1/products/"] * (seed_and_profile.WARM_UP + 20)
    assert len({caller for _, caller in catalogue.asked}) == 1


def test_concurrency_is_a_number_of_connections(catalogue, tmp_path):
    assert run(catalogue, tmp_path, "--concurrency", "3") == 0
    assert len({caller for _, caller in catalogue.asked}) == 3
    assert len(json.loads((tmp_path / "profile.json").read_text("utf-8"))["latencies"]) == 20


def test_queries_that_the_server_does_not_report_are_not_made_up(catalogue, tmp_path, capsys):
    catalogue.timing = None
    assert run(catalogue, tmp_path) == 0
    assert "not reported" in capsys.readouterr().out
    assert json.loads((tmp_path / "profile.json").read_text("utf-8"))["queries_per_request"] is None


def test_the_plot_is_svg_with_axes_units_and_labels(catalogue, tmp_path):
    run(catalogue, tmp_path, "--path", "/api/v1/products/?category=kitchen&in_stock=true")
    root = ET.fromstring((tmp_path / "profile.svg").read_text("utf-8"))  # noqa: S314 (our own file)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "milliseconds until the last byte" in texts
    assert "requests" in texts
    assert any(text.startswith("p95 ") and text.endswith(" ms") for text in texts)
    assert "prefers-color-scheme: dark" in "".join(root.itertext())
    bars = [node for node in root.iter("{http://www.w3.org/2000/svg}rect") if node.get("class") == "bar"]
    assert bars


@pytest.mark.parametrize(("percent", "value"), [(0, 1.0), (50, 3.0), (95, 4.8), (100, 5.0)])
def test_a_percentile_lies_between_its_neighbours(percent, value):
    assert percentile([1.0, 2.0, 3.0, 4.0, 5.0], percent) == pytest.approx(value)


@pytest.mark.parametrize("largest", [0.004, 0.9, 1, 3.3, 47, 99.9, 12_345])
def test_an_axis_ends_at_or_above_the_largest_value(largest):
    step, end = scale(largest)
    assert end >= largest
    assert 2 <= round(end / step) <= 6


# What goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (429, b"{}", "429, too many requests: start the server with THROTTLING=0"),
        (404, b"{}", "answered 404 Not Found"),
        (500, b"{}", "answered 500 Internal Server Error"),
        (302, b"", "answered 302 Found"),
        (200, b"<html>", "did not answer in JSON"),
    ],
)
def test_an_answer_that_is_no_success_is_one_sentence_and_code_1(catalogue, tmp_path, capsys, status, body, sentence):
    catalogue.status, catalogue.body = status, body
    assert run(catalogue, tmp_path) == 1
    said = capsys.readouterr().err.strip()
    assert sentence in said
    assert "\n" not in said
    assert not list(tmp_path.iterdir())


def test_a_refused_connection_is_one_sentence_and_code_1(tmp_path, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert main(["--host", f"http://127.0.0.1:{port}", "--count", "0", "--output", str(tmp_path)]) == 1
    assert "Nobody answers at 127.0.0.1" in capsys.readouterr().err


def test_what_speaks_no_http_is_one_sentence_and_code_1(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"220 mail.example.org ESMTP\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        host = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert main(["--host", host, "--count", "0", "--output", str(tmp_path)]) == 1
        thread.join()
    assert "does not speak HTTP" in capsys.readouterr().err


@pytest.mark.parametrize(
    "host", ["localhost:8000", "ftp://localhost", "http://", "http://localhost:99999", "http://[", ""]
)
def test_a_host_that_is_no_address_is_refused(host):
    with pytest.raises(Failure, match="is not an address such as http://localhost:8000"):
        address_of(host)


def test_a_path_that_cannot_be_asked_for_is_refused(catalogue, tmp_path, capsys):
    assert run(catalogue, tmp_path, "--path", "api/v1/products/") == 1
    assert "--path" in capsys.readouterr().err


# Seeding ----------------------------------------------------------------------------------------------------------


def scratch(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("SQLITE_PATH", str(folder / "db.sqlite3"))
    monkeypatch.setenv("MEDIA_ROOT", str(folder / "media"))
    monkeypatch.setenv("POSTGRES_HOST", "")


def test_a_local_database_without_tables_does_not_stop_the_measurement(catalogue, tmp_path, monkeypatch, capsys):
    scratch(monkeypatch, tmp_path)
    assert run(catalogue, tmp_path / "profile", "--count", "3") == 0
    said = capsys.readouterr().out
    assert "Not seeded, because the local database cannot be used" in said
    assert "no such table" in said


def test_settings_that_fail_do_not_stop_the_measurement(catalogue, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("THROTTLING", "perhaps")
    assert run(catalogue, tmp_path, "--count", "3") == 0
    assert "THROTTLING='perhaps' is neither yes nor no" in capsys.readouterr().out


def test_a_server_with_another_database_is_noticed(catalogue, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(seed_and_profile, "seed", lambda count: True)
    catalogue.status = 404
    run(catalogue, tmp_path, "--count", "7")
    assert "The server has no product generated-0000007" in capsys.readouterr().out


def test_the_seed_function_seeds_from_djangos_shell(tmp_path, monkeypatch):
    scratch(monkeypatch, tmp_path)
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=seed_and_profile.ROOT, check=True)
    code = "import scripts.seed_and_profile as s; s.seed(25)"
    subprocess.run([*manage, "shell", "--verbosity", "0", "-c", code], cwd=seed_and_profile.ROOT, check=True)
    count = "from demo_api.catalog.models import Product; print(Product.objects.count())"
    found = subprocess.run(
        [*manage, "shell", "--verbosity", "0", "-c", count],
        cwd=seed_and_profile.ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert found.stdout.strip() == "85"  # 60 curated ones and these 25


def test_importing_it_does_nothing():
    command = [sys.executable, "-c", "import scripts.seed_and_profile"]
    finished = subprocess.run(command, cwd=seed_and_profile.ROOT, capture_output=True, encoding="utf-8", check=True)
    assert (finished.stdout, finished.stderr) == ("", "")


def test_it_runs_by_its_path_with_nothing_but_the_standard_library(catalogue, tmp_path):
    options = ["--host", catalogue.address, "--count", "0", "--iterations", "5", "--output", str(tmp_path)]
    command = [sys.executable, "-I", "-S", str(SCRIPT), *options]  # -S: no site-packages
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True)
    assert "GET /api/v1/products/" in finished.stdout
