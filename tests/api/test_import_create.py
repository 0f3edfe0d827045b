"""POST /api/v1/imports/: a file becomes a row and a promise, together, or leaves nothing."""

from io import BytesIO

import pytest
from django.db import connection

from demo_api.imports import files, leases, services
from demo_api.imports.errors import BadFile
from demo_api.imports.models import Import
from demo_api.outbox.models import Entry
from tests.api.world import IMPORTS, client_of, fingerprint, import_files, person, problem, send_csv

HEADER = "slug,name,price,category\n"
FILE = HEADER + "mug,Mug,9.50,kitchen\n"


def test_a_file_is_accepted_with_an_address_to_look_at(staff, shop):
    response = send_csv(staff, FILE)

    assert response.status_code == 202
    document = response.json()
    assert response["Location"] == f"http://testserver{IMPORTS}{document['id']}/"
    assert response["Retry-After"] == "1"
    assert (document["state"], document["attempts"], document["size"]) == ("queued", 0, len(FILE))
    assert document["rows"] == dict.fromkeys(("done", "created", "updated", "unchanged", "refused"), 0) | {
        "total": None
    }
    assert staff.get(response["Location"]).json() == document


def test_the_row_its_promise_and_its_file_are_there_together(staff, shop):
    send_csv(staff, FILE)

    job, entry = Import.objects.get(), Entry.objects.get()
    assert (entry.task, entry.arguments) == ("demo_api.imports.tasks.run_import", {"import_id": str(job.uuid)})
    assert import_files() == [job.file_name]


def test_without_its_promise_there_is_neither_row_nor_file(staff, shop, monkeypatch):
    before = fingerprint()

    def refuse(job, at=None):
        raise RuntimeError("the outbox is away")

    monkeypatch.setattr(leases, "promise", refuse)
    with pytest.raises(RuntimeError, match="the outbox is away"):
        send_csv(staff, FILE)

    assert fingerprint() == before


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("slug,name,price,category,colour", "Unknown columns in the header: 'colour'"),
        ("slug;name;price;category", "Unknown columns in the header: 'slug;name;price;category'"),
        ("slug,name", "Missing columns in the header: price, category"),
        ("slug,name,price,category,price", "Columns that come twice in the header: price"),
        ('slug,"name', "The header cannot be read"),
        ("slug,name,price,category\rmug,Mug,1,kitchen", "The header cannot be read"),
        ("slug,n\udce9me,price,category", "The header is not UTF-8"),
        ("x" * 5000, "The first line is longer than 4096 bytes"),
        ("\0", "Unknown columns in the header: '\\x00'"),
        (" ", "Unknown columns in the header: ''"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused_before_anything_is_stored(staff, shop, header, said):
    before = fingerprint()

    response = send_csv(staff, header.encode("utf-8", "surrogateescape") + b"\n")

    assert said in problem(response, 400, "invalid-csv")["detail"]
    assert fingerprint() == before


@pytest.mark.parametrize(
    "header", ["\ufeffslug,name,price,category", "slug, name ,price,category\r", '"slug",name,price,category']
)
def test_headers_that_programs_write_are_understood(staff, shop, header):
    assert send_csv(staff, header + "\n").status_code == 202


def test_a_body_that_ends_early_leaves_nothing(clara, shop):
    """The caller's connection broke: a server gives what came, and then the end."""
    before = fingerprint()

    with pytest.raises(BadFile, match="ended after"):
        services.start(user=clara, stream=BytesIO(FILE.encode()), size=len(FILE) + 10, key="k")

    assert fingerprint() == before


def test_other_media_types_are_refused(staff, shop):
    problem(staff.post(IMPORTS, {"slug": "x"}, headers={"Idempotency-Key": "k"}), 415, "unsupported-media-type")


def test_the_same_key_with_the_same_file_makes_one_import(staff, shop):
    first, second = send_csv(staff, FILE), send_csv(staff, FILE)

    assert second.status_code == 202
    assert (second.json()["id"], second["Idempotent-Replayed"]) == (first.json()["id"], "true")
    assert "Idempotent-Replayed" not in first
    assert (Import.objects.count(), Entry.objects.count(), len(import_files())) == (1, 1, 1)


def test_the_same_key_with_another_file_is_refused(staff, shop):
    send_csv(staff, FILE)
    before = fingerprint()

    problem(send_csv(staff, FILE + "cup,Cup,1,kitchen\n"), 422, "idempotency-key-reused")

    assert fingerprint() == before


def test_a_key_is_needed(staff, shop):
    problem(staff.generic("POST", IMPORTS, FILE, "text/csv"), 400, "invalid-input")


def test_two_accounts_may_use_one_key(staff, shop):
    send_csv(staff, FILE)
    send_csv(client_of(person("dora", is_staff=True)), FILE)

    assert Import.objects.count() == 2


def test_a_full_queue_says_when_to_come_back(staff, shop, settings):
    settings.IMPORT_QUEUE_LIMIT = 2
    send_csv(staff, FILE, "file-1")
    send_csv(staff, FILE, "file-2")
    before = fingerprint()

    response = send_csv(staff, FILE, "file-3")

    assert problem(response, 503, "queue-full")["limit"] == 2
    assert response["Retry-After"] == "60"
    assert fingerprint() == before


def test_the_cap_holds_when_another_request_takes_the_last_place(staff, shop, settings, monkeypatch):
    """The rival's import commits while our file is being stored."""
    settings.IMPORT_QUEUE_LIMIT = 1
    store = files.store

    def store_while_a_rival_is_accepted(incoming):
        name = store(incoming)
        monkeypatch.setattr(files, "store", store)
        assert send_csv(staff, FILE, "rival").status_code == 202
        return name

    monkeypatch.setattr(files, "store", store_while_a_rival_is_accepted)

    problem(send_csv(staff, FILE), 503, "queue-full")
    assert (Import.objects.count(), len(import_files())) == (1, 1)


def test_running_imports_leave_room_in_the_queue(staff, shop, settings):
    settings.IMPORT_QUEUE_LIMIT = 1
    send_csv(staff, FILE, "file-1")
    Import.objects.update(state="running")

    assert send_csv(staff, FILE, "file-2").status_code == 202


def test_the_body_is_not_held_in_memory(staff, shop, monkeypatch):
    """The largest piece that storage gets is one piece, however large the body is."""
    pieces: list[int] = []
    chunks = files.Incoming.chunks

    def counted(incoming):
        for piece in chunks(incoming):
            pieces.append(len(piece))
            yield piece

    monkeypatch.setattr(files.Incoming, "chunks", counted)

    send_csv(staff, HEADER + "mug,Mug,9.50,kitchen\n" * 20_000)

    assert len(pieces) > 5
    assert max(pieces) <= files.PIECE


def test_accepting_costs_the_same_whatever_the_size(staff, shop, django_assert_num_queries):
    """Token, queue length; then, in one transaction: key, queue length, row and entry (and on PostgreSQL the lock)."""
    more = 1 if connection.vendor == "postgresql" else 0
    for key, rows in (("small", 1), ("large", 5000)):
        with django_assert_num_queries(10 + more, exact=False):
            send_csv(staff, HEADER + "mug,Mug,9.50,kitchen\n" * rows, key)
