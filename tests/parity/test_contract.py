"""The requests of the API's own contract tests, answered by the page's Python as by this one."""

from collections import Counter

import pytest

from demo_api.nexus.problem_types import PROBLEM_TYPES
from hub.differences import Seen
from tests.openapi import document, find_operation
from tests.parity.compare import Pairs, all_seen, differences, explained
from tests.parity.recording import Recording

# Why a request of tests/api is not asked in the page.
LEFT_OUT = {
    "a page cannot set CONTENT_LENGTH": "the length follows from the body",
    "a page cannot set HTTP_HOST, PATH_INFO": "a browser sends the path of an address, and no `*`",
    "a page cannot set REMOTE_ADDR": "a page has one caller",
    "no address can be made of it": "a host that no address can name",
    "the test replaces a part of the program": "the page's Python would have to be changed in the same way",
}
# Documented statuses that no recorded request is answered with, and why.
UNANSWERED = {
    "507": "needs a disk without room",
    "503": "something the service needs must be away: the page's database is a file in memory, which never is",
}
UNANSWERED_OPERATIONS = {"create_import 413": "more than 256 MiB would have to be sent"}
UNMET_PROBLEMS = {
    "insufficient-storage": UNANSWERED["507"],
    "internal-error": "a fault of our own, which a test has to plant",
    "not-ready": "needs a database without its migrations",
    "service-unavailable": UNANSWERED["503"],
}


@pytest.fixture(scope="module")
def unknown_and_known(recording: Recording) -> tuple[list[str], Pairs]:
    unknown, known = [], []
    for exchange in recording.exchanges:
        found = differences(exchange.request, exchange.server, exchange.page)
        strange, declared = explained(found, exchange.server, exchange.page)
        unknown += [f"{exchange.test}\n{item}" for item in strange]
        known += declared
    return unknown, known


def test_every_answer_is_the_same_but_for_the_known_differences(unknown_and_known):
    unknown, _ = unknown_and_known
    assert not unknown, f"{len(unknown)} differences that hub/differences.py does not list:\n" + "\n".join(unknown[:10])


@pytest.mark.parametrize("seen", all_seen(), ids=lambda seen: f"{seen.requests} {seen.fields}"[:60])
def test_every_known_difference_still_occurs(unknown_and_known, seen: Seen):
    _, known = unknown_and_known
    assert any(declared == seen for declared, _ in known) is seen.expected


def test_most_answers_do_not_differ_at_all(recording):
    same = [it for it in recording.exchanges if not differences(it.request, it.server, it.page)]
    assert len(same) > 0.95 * len(recording.exchanges)


def test_the_statements_have_the_same_plans(recording):
    """Both SQLites choose the same indexes for every statement."""
    differing = [
        f"{it.request}\n{it.server.plans()}\n{it.page.plans()}"
        for it in recording.exchanges
        if it.server.statements() == it.page.statements() and it.server.plans() != it.page.plans()
    ]
    assert not differing, "\n".join(differing[:5])


def test_requests_that_follow_others_are_asked_on_what_the_page_has_written(recording):
    """Were the recorded state put back each time, what the page writes would be read by nobody."""
    writes = [it for it in recording.exchanges if it.page.rows and it.page.status < 300]
    assert len(writes) > 100
    assert recording.restored < 0.8 * len(recording.exchanges)


# What is covered ------------------------------------------------------------------------------------------------------


def test_only_what_no_page_can_ask_is_left_out(recording):
    reasons = Counter(entry["reason"] for entry in recording.left_out)
    assert reasons.keys() == LEFT_OUT.keys(), reasons
    assert len(recording.left_out) < 0.06 * len(recording.exchanges), reasons


def test_every_documented_status_of_every_operation_is_answered(recording):
    answered = set()
    for exchange in recording.exchanges:
        method, url = exchange.request.split(" ", 1)
        path = "/" + url.split("://", 1)[1].partition("/")[2].partition("?")[0]
        if operation := find_operation(method, path):
            answered.add((operation["operationId"], str(exchange.page.status)))
    missing = [
        f"{operation['operationId']} {status}"
        for item in document()["paths"].values()
        for operation in item.values()
        for status in operation["responses"]
        if status not in UNANSWERED and (operation["operationId"], status) not in answered
    ]
    assert set(missing) == set(UNANSWERED_OPERATIONS), missing


def test_every_type_of_problem_is_met(recording):
    bodies = [exchange.page.body for exchange in recording.exchanges if exchange.page.status >= 400]
    met = {slug for slug, kind in PROBLEM_TYPES.items() if any(said(kind.uri, body) for body in bodies)}
    assert met == PROBLEM_TYPES.keys() - UNMET_PROBLEMS.keys()


def said(uri: str, body: bytes) -> bool:
    """Whether a body is a problem document of this type, or holds a GraphQL error of it."""
    return f'"type": "{uri}"'.encode() in body or f'"extensions":{{"type":"{uri}"'.encode() in body
