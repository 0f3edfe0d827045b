"""What the API in the page does otherwise than on a server: one table, for the page that lists it and the tests.

`tests/parity` fails when a difference occurs that is not listed, and when a listed one no longer occurs.
The `[[known-differences]]` directive makes the page's sections of it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.directives import DirectiveExtension


@dataclass(frozen=True)
class Seen:
    """Where a difference shows in answers. All but the last member are regular expressions, searched for.

    `requests`: in the request's method and address. `fields`: all of a field's name: status, reason, body,
    statements, plans, rows, or a header's as `header Vary`. `server` and `page`: in the answers there. `before`: only
    where the server's Python is older than this version.
    """

    requests: str
    fields: str
    server: str = ""
    page: str = ""
    before: tuple[int, int] | None = None

    @property
    def expected(self) -> bool:
        """Whether this machine's Python must show it."""
        return self.before is None or sys.version_info < self.before


@dataclass(frozen=True)
class Difference:
    """One difference in words for a learner: `server` and `page` say what happens there, `reason` why.

    Without `seen`, no answer shows it: then a function of `tests/parity/probes.py` of the same name does.
    """

    id: str
    title: str
    server: str
    page: str
    reason: str
    seen: tuple[Seen, ...] = ()


UPLOAD = r"^PUT .*/products/[^/]+/image/$"
STORED = r"^(GET|HEAD) .*/media/products/[0-9a-f]{32}\.(jpg|png|webp)$"

KNOWN_DIFFERENCES = [
    Difference(
        "no-pillow",
        "An uploaded image is kept as it was sent",
        "The image is decoded and written again, without its metadata.",
        "The image is checked and stored byte for byte. The answer says so in the header `Image-Processing`.",
        "Pillow is compiled code, and it is not among what the page loads. The check of the file's structure is plain "
        "Python and runs in both places. Do not upload a photo that says where you live: it stays in your tab, but "
        "its metadata stays with it.",
        (
            Seen(UPLOAD, "header Image-Processing", page="stored as sent: re-encoding is not available here"),
            Seen(STORED, "body|header Content-Length"),
        ),
    ),
    Difference(
        "pixels-unread",
        "Damaged pixels are not noticed",
        "An image whose structure is sound and whose pixels cannot be decoded is refused with 400.",
        "It is accepted.",
        "Only a decoder notices, and the decoder is Pillow's.",
        (
            Seen(
                UPLOAD,
                "status|reason|header .*|body|statements|rows",
                server="its pixels cannot be decoded|size is not the one its header says",
                page=r"^200 OK[\s\S]*Image-Processing: stored as sent",
            ),
        ),
    ),
    Difference(
        "no-admin",
        "There is no admin",
        "`/admin/` asks for a session and shows the admin.",
        "`/admin/` is an unknown address: 404.",
        "The admin's pages need templates, style sheets and scripts that would make everybody's download larger.",
        (Seen(r"^GET https?://[^/]+/admin/", ".*", server="^(302 Found|200 OK)", page="^404 Not Found"),),
    ),
    Difference(
        "no-viewers",
        "The API's own documentation pages are not there",
        "`/api/docs/` shows Swagger UI and `/api/redoc/` shows Redoc.",
        "Both are unknown addresses: 404. The document itself, `/api/schema/`, is there.",
        "They are made from templates that the page does not carry. This site has a reference of its own, with the "
        "same Swagger UI in it.",
        (Seen(r"/api/(docs|redoc)/", ".*", page="^404 Not Found"),),
    ),
    Difference(
        "no-metrics",
        "There are no metrics",
        "`/metrics` tells counters and queue depths in the format of Prometheus.",
        "It is an unknown address: 404.",
        "Metrics are for who watches a service over time. Nobody scrapes a page, and its counters end with the tab.",
        (Seen(r"^[A-Z]+ https?://[^/]+/metrics$", ".*", page="^404 Not Found"),),
    ),
    Difference(
        "any-host",
        "Every host name is accepted",
        "A request for a host that is not listed in `DJANGO_ALLOWED_HOSTS` is refused with 400.",
        "It is answered.",
        "The host is the site that you opened, wherever someone published it, and no request can come from elsewhere.",
        (Seen(r"^GET http://(evil\.example|x{300})/", ".*", server="^400 Bad Request", page="^200 OK"),),
    ),
    Difference(
        "python-314",
        "Some words are those of a newer Python",
        "Where a server runs Python 3.12 or older, 413 is called `Request Entity Too Large` and 422 `Unprocessable "
        "Entity`, and the detail of a comma too many is `Expecting property name enclosed in double quotes`.",
        "They are `Content Too Large`, `Unprocessable Content` and `Illegal trailing comma before end of object`.",
        "The page runs Python 3.14. Python 3.13 took over the names of RFC 9110 and tells more about JSON. Programs "
        "read the status and the problem's `type`, which are the same.",
        (
            Seen("", "reason", "^413 Request Entity Too Large", "^413 Content Too Large", before=(3, 13)),
            Seen("", "reason", "^422 Unprocessable Entity", "^422 Unprocessable Content", before=(3, 13)),
            Seen(
                "^(POST|PUT|PATCH) ",
                "body|header Content-Length",
                "The body is not JSON: Expecting property name enclosed in double quotes",
                "The body is not JSON: Illegal trailing comma before end of object",
                before=(3, 13),
            ),
        ),
    ),
    Difference(
        "short-exponents",
        "A price with an enormous exponent is no number",
        "The price `1E+999999999` is refused because it has too many digits.",
        "It is refused because it is no valid number.",
        "WebAssembly counts addresses in 32 bits, and there Python's decimals end at an exponent of 425,000,000. Both "
        "answers are 400 and point at `/price`.",
        (
            Seen(
                "^PATCH .*/products/",
                "body|header Content-Length",
                "Ensure that there are no more than 9 digits in total",
                "A valid number is required",
            ),
        ),
    ),
    Difference(
        "readiness-counted",
        "The readiness check's queries are counted",
        "`/health/ready/` asks the database in a thread and on a connection of its own, so they are not the request's.",
        "It asks on the request's own connection: three statements more.",
        "The page has no threads. On a server, the thread is there so that a database that hangs is not waited for.",
        (Seen("^(GET|HEAD) .*/health/ready/$", "statements"),),
    ),
    Difference(
        "no-threads",
        "No threads",
        "A program may start threads and processes, and a server answers many requests at once.",
        "Starting a thread raises `RuntimeError`. One request is answered after the other.",
        "Threads in WebAssembly need headers that a static host such as GitHub Pages does not send. Lessons about "
        "races show a recording made on PostgreSQL.",
    ),
    Difference(
        "no-connections",
        "No connections to other machines",
        "A program may connect to other machines, and encrypt what it sends.",
        "The `ssl` module is a stub that encrypts nothing.",
        "A browser gives a page `fetch` and WebSocket, and no plain connections. So there is no broker, no mail and no "
        "other service.",
    ),
    Difference(
        "sqlite-only",
        "SQLite is the only database",
        "`POSTGRES_HOST` chooses PostgreSQL.",
        "There is no driver for it.",
        "psycopg needs sockets and compiled code. SQLite is a part of Python, and its file lies in the tab's memory. "
        "It is not PostgreSQL: where a lesson depends on that, the page says so.",
    ),
    Difference(
        "demo-passwords",
        "Passwords are hashed cheaply",
        "PBKDF2 makes each guess expensive.",
        "A salted HMAC is all. `hashlib` has neither `pbkdf2_hmac` nor `scrypt`.",
        "These functions belong to OpenSSL, which the page does not load. The accounts are demo accounts in your own "
        "tab: use no password there that you use elsewhere.",
    ),
    Difference(
        "memory-only",
        "Nothing survives a reload",
        "The database and the uploaded images are files on a disk.",
        "They lie in the tab's memory. A reload, or *Reset*, brings the seeded catalogue back.",
        "Two tabs cannot disturb each other, and nothing has to be cleaned up.",
    ),
    Difference(
        "utc-only",
        "UTC is the only time zone",
        "Python knows some 600 time zones.",
        "`ZoneInfo` finds `UTC` and no other.",
        "The API speaks UTC only. The rest of the zone data would be downloaded for nothing.",
    ),
    Difference(
        "no-docstrings",
        "Libraries have no docstrings",
        "`help()` explains Django's classes.",
        "Docstrings of Django and of the standard library are empty. Those of `demo_api` are there.",
        "They are a third of the bytes to download.",
    ),
]


def known_differences_markdown(argument: str, project: Path) -> str:
    """Return the sections: first what answers show, then what only programs notice."""
    groups = [
        ("In the answers", [difference for difference in KNOWN_DIFFERENCES if difference.seen]),
        ("Around them", [difference for difference in KNOWN_DIFFERENCES if not difference.seen]),
    ]
    return "\n\n".join(f"## {title}\n\n" + "\n\n".join(map(section, group)) for title, group in groups)


def section(difference: Difference) -> str:
    return (
        f"### {difference.title} {{#{difference.id}}}\n\n"
        f"- **On a server:** {difference.server}\n- **In the page:** {difference.page}\n\n{difference.reason}"
    )


def makeExtension(**_: Any) -> DirectiveExtension:
    """Return the extension; Python-Markdown calls this by name."""
    return DirectiveExtension("known-differences", known_differences_markdown)
