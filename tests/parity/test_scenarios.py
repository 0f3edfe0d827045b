"""The declared scenarios, in a sub-path, with a running clock and true chance, on both ways of booting."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from demo_api.nexus.examples import EXCHANGES
from hub.page_api.build import WORK
from tests.openapi import document
from tests.parity.boot import built, in_page, under_cpython
from tests.parity.compare import Answer, differences, explained
from tests.parity.pairs import Pairs
from tests.parity.scenarios import NOT_PLAYED, STORIES, documented

BASE = "https://reader.example/alx-project-nexus"
SCENARIOS = STORIES | documented()
Played = dict[str, list[tuple[str, Answer]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built()
    folder = tmp_path_factory.mktemp("scenarios")
    shutil.copyfile(WORK / "packed" / "database.sqlite3", folder / "database.sqlite3")
    (folder / "scenarios.json").write_text(json.dumps({"base": BASE, "scenarios": list(SCENARIOS.values())}))
    return folder


def read(answers: list[list[dict[str, Any]]]) -> Played:
    told = [[(row["request"], answer_of(row)) for row in rows] for rows in answers]
    return dict(zip(SCENARIOS, told, strict=True))


def answer_of(row: dict[str, Any]) -> Answer:
    """The answer, without two headers that follow from the time: how long the body is, when it is right, and how long
    to wait. A time of whole seconds is written in fewer characters than any other.
    """
    body = base64.b64decode(row["body"])
    told = {"Content-Length": str(len(body)), "Retry-After": dict(row["headers"]).get("Retry-After")}
    headers = [[name, "…" if value == told.get(name) else value] for name, value in row["headers"]]
    return Answer(row["status"], row["reason"], headers, body, row["queries"])


@pytest.fixture(scope="module")
def cpython(folder: Path) -> Played:
    return read(under_cpython(folder, BASE, "player.play"))


@pytest.fixture(scope="module", params=["snapshot", "zip"])
def page(request: pytest.FixtureRequest, folder: Path) -> Played:
    return read(in_page(folder, request.param, BASE, "player.play"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_ends_the_same_in_the_page(cpython, page, name):
    pairs = Pairs()
    assert len(page[name]) == len(cpython[name])
    for (request, server), (asked, answer) in zip(cpython[name], page[name], strict=True):
        assert pairs.same(request, asked)
        unknown, _ = explained(differences(request, server, answer, pairs.same), server, answer)
        assert not unknown, "\n".join(map(str, unknown))


def test_no_request_meets_a_fault_of_ours(cpython, page):
    assert not [request for told in page.values() for request, answer in told if answer.status >= 500]


# The scenarios are about what they say ------------------------------------------------------------------------------


def test_each_documented_exchange_is_answered_as_the_documentation_says(cpython):
    for exchange in EXCHANGES:
        if exchange.given not in NOT_PLAYED:
            _, last = cpython[f"{exchange.operation}: {exchange.name}"][-1]
            assert last.status == exchange.status, exchange


def test_every_operation_is_in_the_documentations_exchanges():
    documented_operations = {
        operation["operationId"] for item in document()["paths"].values() for operation in item.values()
    }
    played = {name.partition(":")[0] for name in documented()}
    assert played == documented_operations


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("stock is held", {200, 201, 304, 404, 409, 422}),
        ("an account comes and goes", {200, 201, 204, 400, 401, 403}),
        ("staff sell a mug", {200, 201, 204, 304, 400, 404, 412, 428}),
        ("a tree grows", {200, 201, 204, 404, 409}),
        ("what HTTP asks", {200, 204, 404, 405, 406}),
    ],
)
def test_a_story_meets_what_it_is_about(cpython, name, statuses):
    assert {answer.status for _, answer in cpython[name]} == statuses


def test_a_walk_meets_every_product_once(cpython):
    for ordering in ("price", "-name"):
        slugs = [row["slug"] for _, answer in cpython[f"by {ordering}"] for row in json.loads(answer.body)["results"]]
        assert len(slugs) == len(set(slugs)) > 50


def test_links_and_pictures_stand_below_the_site(cpython):
    first = json.loads(cpython["by price"][0][1].body)
    assert first["next"].startswith(f"{BASE}/api/v1/products/?")
    assert first["results"][0]["image"].startswith(f"{BASE}/media/products/seed/")


def test_the_trace_has_each_statement_with_its_values_and_its_plan(cpython):
    _, answer = cpython["read_product: A product with its picture"][0]
    ((statement, plan),) = answer.queries
    assert "'quay-oak-board'" in statement
    assert "%s" not in statement
    assert any("slug" in line for line in plan)


def test_each_scenario_begins_on_the_seeded_catalogue(cpython):
    """Several make what would be refused the second time."""
    made = [name for name, told in cpython.items() if any(answer.status == 201 for _, answer in told)]
    assert {"staff sell a mug", "a tree grows", "create_product: A new product"} <= set(made)
