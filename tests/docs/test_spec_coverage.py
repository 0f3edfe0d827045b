"""Every request of the handbook is answered as the OpenAPI document says, and none of its answers goes unshown."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from django.urls import Resolver404, resolve
from markdown.extensions.attr_list import get_attrs_and_remainder

from demo_api.nexus.examples.exchange import Exchange as Written
from demo_api.nexus.examples.refusals import Shown, refusals, slug_of
from demo_api.nexus.management.commands.record_examples import REFUSALS_FILE
from demo_api.rest.openapi import recorded_examples
from hub.blocks import NOT_RUN, graphql
from hub.blocks.block import Block, PageRecord
from hub.blocks.http import REQUESTS, ask, parse_options
from hub.capture import Exchange
from hub.source import Place, fences
from tests.docs.pages import DOCS, ROOT
from tests.openapi import Answer, Nonconformance, check, find_operation

Json = dict[str, Any]
COMMITTED = ROOT / "docs" / "reference" / "openapi.yaml"
SLUG = re.compile(r"^- `([a-z-]+)`: ", re.M)


# Asking -----------------------------------------------------------------------------------------------------------


def asked_on(page: Path) -> Iterator[tuple[Place, Exchange]]:
    """What the http and graphql blocks of a page ask, and the answers. Raises as a build of the page would complain."""
    record = PageRecord(page)
    for fence in fences(page.read_text(encoding="utf-8")):
        if fence.language not in REQUESTS:
            continue
        options = options_in(fence.header)
        block = Block(fence.language, "\n".join(fence.lines), options, record)
        if NOT_RUN in options:
            record.not_run.append((block, str(options[NOT_RUN])))
        else:
            yield Place(page, fence.line), answered(block)
        record.blocks.append(block)


def answered(block: Block) -> Exchange:
    if block.language == "graphql":
        return ask(block, graphql.parse_options(block.options), graphql.parse_document)[0]
    return ask(block, parse_options(block.options))[0]


def options_in(header: str) -> dict[str, Any]:
    """The options of a fence as SuperFences hands them over: a word without a value has None."""
    attributes, _ = get_attrs_and_remainder(header.strip("{}"))
    return {name: None if name == value else value for name, value in attributes}


@cache
def asked() -> tuple[tuple[Place, Exchange], ...]:
    """Every request of the handbook, with its answer."""
    return tuple(found for page in sorted(DOCS.rglob("*.md")) for found in asked_on(page))


def faults(exchanges: Iterable[tuple[Place, Exchange]]) -> list[str]:
    """What is answered otherwise than documented, each with file and line."""
    found = []
    for place, exchange in exchanges:
        try:
            check(as_answer(exchange))
        except Nonconformance as fault:
            found.append(f"{place}: {fault}")
    return found


def as_answer(exchange: Exchange) -> Answer:
    """The exchange as the suite's own check knows it."""
    path, answer = path_of(exchange), exchange.answer
    return Answer(exchange.request.method, path, answer.status, dict(answer.headers), answer.content, is_routed(path))


def path_of(exchange: Exchange) -> str:
    return unquote(urlsplit(exchange.request.target).path)


def is_routed(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


# Conformance ----------------------------------------------------------------------------------------------------------


def test_every_answer_on_a_page_is_as_documented():
    assert len(asked()) > 10
    assert faults(asked()) == []


def test_an_answer_that_is_not_as_documented_is_named_with_file_and_line(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A page\n\n```http {expect=404}\nGET /api/v1/products/nothing/\n```\n", encoding="utf-8")
    ((place, exchange),) = asked_on(page)
    assert faults([(place, exchange)]) == []
    content = exchange.answer.content.replace(b'"status": 404', b'"status": "404"')
    (fault,) = faults([(place, replace(exchange, answer=replace(exchange.answer, content=content)))])
    assert fault.startswith(
        f"{page.as_posix()}:3: read_product (GET /api/v1/products/nothing/) answered 404: at '/status'"
    )


# Recordings -----------------------------------------------------------------------------------------------------------


def recordings() -> Iterator[tuple[str, Json]]:
    """Each recorded exchange with its operation: those that are written down, and the refusals that follow."""
    refusals: dict[str, list[Json]] = json.loads(REFUSALS_FILE.read_text(encoding="utf-8"))
    for recorded in (recorded_examples(), refusals):
        for operation, exchanges in recorded.items():
            yield from ((operation, exchange) for exchange in exchanges)


def test_every_recorded_answer_is_as_documented():
    for operation, exchange in recordings():
        method, address = exchange["request"]["method"], urlsplit(exchange["request"]["url"]).path
        response = exchange["response"]
        body = json.dumps(response["body"]).encode() if "body" in response else b""
        check(Answer(method, address, response["status"], response["headers"], body))
        found = find_operation(method, address)
        assert found
        assert found["operationId"] == operation


# Coverage -------------------------------------------------------------------------------------------------------------

Pair = tuple[str, str, str]  # operation, status, and the slug of its problem or an empty text

# What no request can be made to show without breaking the service: each with its reason.
NOT_SHOWN: dict[Pair, str] = {}


def shown() -> Iterator[Pair]:
    """What the examples that ran show."""
    for operation, exchange in recordings():
        response = exchange["response"]
        yield operation, str(response["status"]), slug_of(response)
    for _, found in asked():
        asked_for = find_operation(found.request.method, path_of(found))
        if asked_for is not None:
            answer = found.answer
            body = json.loads(answer.content) if "json" in answer.media_type else None
            yield asked_for["operationId"], str(answer.status), slug_of({"status": answer.status, "body": body})


def documented(document: Json) -> Iterator[Pair]:
    """What the document promises, read from the text that readers see."""
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                for slug in SLUG.findall(response["description"]) or [""]:
                    yield operation["operationId"], status, slug


def unshown(document: Json, examples: Iterable[Pair]) -> list[str]:
    """Which answers of which operations appear in no example, and what to add for each."""
    examples = set(examples) | NOT_SHOWN.keys()
    return [
        f"{operation} answers {' '.join(filter(None, (status, slug)))}, and no example shows it: add an Exchange of "
        f"{operation} in demo_api/nexus/examples/, then run `manage.py record_examples`."
        for operation, status, slug in documented(document)
        if (operation, status, slug) not in examples
    ]


def committed() -> Json:
    document: Json = yaml.safe_load(COMMITTED.read_text(encoding="utf-8"))
    return document


def test_every_documented_answer_of_every_operation_is_in_an_example_that_ran():
    assert unshown(committed(), shown()) == []


def test_nothing_is_excused_that_is_shown_or_not_promised():
    assert not NOT_SHOWN.keys() & set(shown())
    assert NOT_SHOWN.keys() <= set(documented(committed()))


def test_every_error_of_the_document_names_its_problems():
    for operation, status, slug in documented(committed()):
        assert bool(slug) == (status >= "400"), f"{operation} {status}"


@pytest.mark.parametrize(
    "gone",
    [
        ("create_reservation", "201", ""),
        ("create_reservation", "409", "insufficient-stock"),
        ("read_product", "503", "service-unavailable"),
        ("me", "304", ""),
    ],
)
def test_what_no_example_shows_any_more_is_named(gone):
    (said,) = unshown(committed(), set(shown()) - {gone})
    assert said.startswith(f"{gone[0]} answers {' '.join(gone[1:]).strip()}, and no example shows it: add an Exchange")


def test_an_operation_that_is_added_is_shown_with_what_every_operation_refuses():
    path = "/api/v1/things/{slug}/"
    answers = {"200": "OK.", "404": "Not Found:\n- `not-found`: Nothing.", "409": "Conflict:\n- `own-problem`: Own."}
    answers["429"] = "Too Many Requests:\n- `too-many-requests`: Later."
    responses = {status: {"description": description} for status, description in answers.items()}
    slug = {"name": "slug", "in": "path", "schema": {"type": "string"}}
    operation = {"operationId": "read_thing", "parameters": [slug], "responses": responses}
    written = [Written("read_thing", "A thing", "GET /api/v1/things/first/", 200)]
    document = {"paths": {path: {"get": operation}}}
    found = refusals(document, written, {Shown("read_thing", 200, "")})
    assert [(one.request, one.status, one.given) for one in found] == [
        ("GET /api/v1/things/nowhere/", 404, ""),
        ("GET /api/v1/things/first/", 429, "as many requests as a minute allows"),
    ]
    (said,) = unshown(document, [("read_thing", status, slug) for status, slug in SHOWN_OF_THING])
    assert said.startswith("read_thing answers 409 own-problem, and no example shows it")


SHOWN_OF_THING = [("200", ""), ("404", "not-found"), ("429", "too-many-requests")]
