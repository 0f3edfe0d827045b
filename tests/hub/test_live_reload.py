"""`python -m hub docs`: a saved page is seen within two seconds, and nothing that is wrong ends the server."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from uuid import uuid4

import pytest

from hub import capture
from hub import serve as module
from hub.api_server import free_port
from hub.source import ROOT
from tests.hub.conftest import Handbook


class Writer:
    """Someone who saves pages and looks at them, as a browser with the reload script does."""

    def __init__(self, book: Handbook, port: int) -> None:
        self.book = book
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> str:
        """Return a page, empty while there is none."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as response:  # noqa: S310
                body: bytes = response.read()
                return body.decode()
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return ""

    def sees(self, path: str, text: str, *, within: float, absent: bool = False) -> float:
        """Return the seconds until the page holds the text (or no longer does); fails after `within` seconds."""
        started = time.monotonic()
        while time.monotonic() - started < within:
            page = self.get(path)
            if page and (text in page) is not absent:
                return time.monotonic() - started
            time.sleep(0.05)
        raise AssertionError(f"{path} did not change within {within} s; it is:\n{self.get(path)[-2000:]}")


@pytest.fixture
def writer(handbook: Handbook) -> Iterator[Writer]:
    """A live-reload server on a small handbook, started like `python -m hub docs`."""
    handbook.page("other.md", "# Other\n\nFirst text.\n")
    handbook.write_config()
    port = free_port()
    where = f"'127.0.0.1', {port}, Path({str(handbook.config)!r})"
    start = f"from pathlib import Path; from hub.serve import serve; serve({where})"
    process = subprocess.Popen([sys.executable, "-c", start], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    writer = Writer(handbook, port)
    writer.sees("/", "Some text.", within=60)
    yield writer
    assert process.poll() is None, "the server is still there"
    if os.name == "nt":
        process.terminate()
    else:
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def test_a_saved_page_is_seen_within_two_seconds(writer: Writer):
    epoch = re.search(r"livereload\((\d+)", writer.get("/other/"))
    assert epoch, "pages carry the script that reloads them"
    writer.book.page("other.md", "# Other\n\nSecond text.\n")
    assert writer.sees("/other/", "Second text.", within=10) < 2
    assert int(writer.get(f"/livereload/{epoch[1]}/1")) > int(epoch[1]), "and the browser is told"


def test_what_is_wrong_is_shown_in_the_page_until_it_is_mended(writer: Writer):
    writer.book.page("other.md", "# Other\n\n[a](nowhere.md)\n")
    writer.sees("/", "docs/other.md:3: a link &#x27;nowhere.md&#x27;", within=30)
    writer.book.page("other.md", "# Other\n\nMended.\n")
    writer.sees("/", "nx-findings", within=30, absent=True)


def test_a_page_that_cannot_be_built_keeps_its_last_state_and_says_why(writer: Writer):
    writer.book.page("other.md", '# Other\n\n--8<-- "nowhere.py"\n')
    writer.sees("/other/", "docs/other.md:3: Snippet at path", within=30)
    assert "First text." in writer.get("/other/")
    writer.book.page("other.md", "# Other\n\nMended.\n")
    writer.sees("/other/", "Mended.", within=30)


def test_a_broken_configuration_does_not_end_the_server(writer: Writer):
    text = writer.book.config.read_text(encoding="utf-8")
    writer.book.config.write_text(text.replace("docs_dir: docs", "docs_dir: elsewhere"), encoding="utf-8")
    writer.sees("/", "Config value &#x27;docs_dir&#x27;", within=30)
    writer.book.config.write_text(text, encoding="utf-8")
    writer.sees("/", "nx-findings", within=30, absent=True)


def test_a_port_in_use_is_one_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert module.serve("127.0.0.1", port) == 1
    assert capsys.readouterr().out == f"Port {port} is in use. Choose another: python -m hub docs --port {port + 1}\n"


def answered() -> dict[str, int]:
    """What the API was asked since its code changed, and when: an answer is written each time a question is asked."""
    folder = ROOT / ".cache" / "hub" / capture.api_digest()
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")}


def asked_since(before: dict[str, int]) -> int:
    """How many questions were asked (again) since."""
    return sum(before.get(name) != time_asked for name, time_asked in answered().items())


def blocks(word: str) -> str:
    """A block of each kind that asks the API; no other test asks the same."""
    return (
        f"```http {{expect=404}}\nGET /api/v1/products/{word}/\n```\n\n"
        f"```python\nprint(\"{word}\")\n```\n\n```sql\nSELECT '{word}' AS word\n```\n\n"
    )


def test_a_saved_page_asks_its_own_questions_once_and_those_of_no_other_page(writer: Writer):
    one, two, three = (uuid4().hex for _ in range(3))
    writer.book.page("other.md", f"# Other\n\n{blocks(one)}")
    writer.sees("/other/", one, within=60)
    writer.book.page("index.md", f"# Home\n\n{blocks(two)}")
    writer.sees("/", two, within=60)

    before = answered()
    writer.book.page("index.md", f"# Home\n\nMore text.\n\n{blocks(two)}\n```http {{expect=404}}\nGET /{three}/\n```\n")
    writer.sees("/", three, within=60)
    assert asked_since(before) == 1, "the blocks that did not change are not run again, and the new one is"

    before = answered()
    # Only the strict build of the whole, which runs beside the server, finds this, so then it has come to its end.
    writer.book.page("other.md", f"# Other\n\n{blocks(one)}```json nothing\n{{}}\n```\n")
    writer.sees("/", "write options in braces", within=60)
    assert asked_since(before) == 0


BROKEN = {
    "http": "```http\nGET /api/v1/products/nothing/\n```",
    "json": "```json\n{\n```",
    "output": "```python\nprint(1)\n```\n\n```output\n2\n```",
    "python": "```python\n1 / 0\n```",
    "section": "```section\nnowhere.py\n```",
    "sh": "```sh\npython manage.py sow\n```",
    "sql": "```sql\nSELECT nothing FROM nowhere\n```",
    "text": "```text\nuntreated\n```",
}


def test_a_broken_block_of_each_kind_stands_in_its_page_and_the_server_keeps_running(writer: Writer):
    pages = "\n\n".join(f"## About {kind}\n\n{block}" for kind, block in BROKEN.items())
    writer.book.page("other.md", f"# Other\n\n{pages}\n")
    page = writer.get("/other/") if writer.sees("/other/", "nx-console--broken", within=60) else ""
    broken = {kind: page.partition(f'id="about-{kind}"')[2].partition("<h2")[0] for kind in BROKEN}
    assert {kind: html.count("nx-console--broken") for kind, html in broken.items()} == dict.fromkeys(BROKEN, 1)
    assert all("docs/other.md:" in html for html in broken.values()), "each with its file and line"
    writer.book.page("other.md", "# Other\n\nMended.\n")
    writer.sees("/other/", "nx-console--broken", within=30, absent=True)
    writer.sees("/", "nx-findings", within=30, absent=True)
