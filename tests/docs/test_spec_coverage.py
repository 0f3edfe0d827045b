"""Every request of the handbook is answered as the OpenAPI document says, and no part of that document goes unshown."""

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


# Coverage -------------------------------------------------------------------------------------------------------------


def shown() -> Iterator[tuple[str, str, str]]:
    """What the examples that ran show: operation, status, and the slug of its problem or an empty text."""
    for operation, exchanges in recorded_examples().items():
        for exchange in exchanges:
            response = exchange["response"]
            yield operation, str(response["status"]), slug_of(response.get("body"))
    for _, found in asked():
        asked_for = find_operation(found.request.method, path_of(found))
        if asked_for is not None:
            body = yaml.safe_load(found.answer.content) if "json" in found.answer.media_type else None
            yield asked_for["operationId"], str(found.answer.status), slug_of(body)


def slug_of(body: Any) -> str:
    kind = body.get("type", "") if isinstance(body, dict) else ""
    return kind.strip("/").rpartition("/")[2] if str(kind).startswith("/api/problems/") else ""


def documented(document: Json) -> Iterator[tuple[str, str, list[str]]]:
    """What the document promises: operation, status, and the slugs of the problems that it names there."""
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                yield operation["operationId"], status, SLUG.findall(response["description"])


def unshown(document: Json, examples: Iterable[tuple[str, str, str]]) -> list[str]:
    """Which operations, successes of an operation, and errors appear in no example.

    An error is a problem type, not each place where it can happen: the document shows one recording at all of them.
    """
    examples = list(examples)
    operations = {operation for operation, _, _ in examples}
    statuses = {(operation, status) for operation, status, _ in examples}
    problems = {(status, slug) for _, status, slug in examples}
    missing = []
    for operation, status, slugs in documented(document):
        if operation not in operations:
            missing.append(f"the operation {operation}")
        elif status.startswith("2") and (operation, status) not in statuses:
            missing.append(f"{operation} answering {status}")
        missing += [f"the error {slug} ({status})" for slug in slugs if (status, slug) not in problems]
        if status >= "300" and not slugs and status not in {status for _, status, _ in examples}:
            missing.append(f"the status {status}")
    return list(dict.fromkeys(missing))


def committed() -> Json:
    document: Json = yaml.safe_load(COMMITTED.read_text(encoding="utf-8"))
    return document


def test_every_operation_and_every_documented_error_is_in_an_example_that_ran():
    assert unshown(committed(), shown()) == []


def test_every_error_of_the_document_names_its_problems():
    for operation, status, slugs in documented(committed()):
        assert bool(slugs) == (status >= "400"), f"{operation} {status}"


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        (lambda example: example[0] == "create_reservation", "the operation create_reservation"),
        (lambda example: example[2] == "insufficient-stock", "the error insufficient-stock (409)"),
        (lambda example: example[:2] == ("create_reservation", "201"), "create_reservation answering 201"),
        (lambda example: example[1] == "304", "the status 304"),
    ],
)
def test_what_no_example_shows_any_more_is_named(gone, says):
    assert says in unshown(committed(), [example for example in shown() if not gone(example)])
