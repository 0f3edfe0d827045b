"""The OpenAPI document: the committed file is the running code's, it is valid, complete, and shown by true examples."""

import json
import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.response import Response

from demo_api.nexus.examples.scratch import ROOT
from demo_api.nexus.management.commands import record_examples
from demo_api.nexus.management.commands.record_examples import differences, keyed
from demo_api.nexus.problem_types import PROBLEM_TYPES
from demo_api.nexus.service_api import LiveView
from demo_api.rest.openapi import EXAMPLES_FILE, recorded_examples
from demo_api.rest.policy import Who, endpoint
from tests.openapi import Answer, Nonconformance, check, document, faults, resolve

COMMITTED = ROOT / "docs" / "reference" / "openapi.yaml"
ACCEPT = "python manage.py record_examples && python manage.py spectacular --file docs/reference/openapi.yaml"
NEVER_RECORDED = {
    "internal-error",  # a fault of ours that nobody foresaw
    "method-not-allowed",  # OpenAPI has no place for methods that a path does not take
}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation."""
    return [(method, path, item) for path, methods in document()["paths"].items() for method, item in methods.items()]


OPERATIONS = [pytest.param(*operation, id=operation[2]["operationId"]) for operation in operations()]

# The file ---------------------------------------------------------------------------------------------------------


def test_the_committed_document_is_the_one_of_the_running_code():
    new = OpenApiYamlRenderer().render(SchemaGenerator().get_schema(request=None, public=True), renderer_context={})
    beside = COMMITTED.with_suffix(".new.yaml")
    if COMMITTED.read_bytes() == new:
        beside.unlink(missing_ok=True)
        return
    beside.write_bytes(new)
    pytest.fail(f"{COMMITTED.name} is not current. Look at {beside}, beside it. To accept it: {ACCEPT}")


def test_the_generator_has_nothing_to_warn_about():
    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_the_document_is_valid_openapi_31():
    assert document()["openapi"].startswith("3.1")
    assert [str(error.message) for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []


# Every operation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_an_operation_says_what_it_is_who_may_call_it_and_how_often(method, path, operation):
    for member in ("operationId", "summary", "description", "tags", "x-who", "x-throttle", "x-limits"):
        assert operation[member], f"{member} of {method} {path}"
    assert {"name": operation["tags"][0]}.items() <= next(
        tag for tag in document()["tags"] if tag["name"] == operation["tags"][0]
    ).items()


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_an_operation_has_a_recorded_success(method, path, operation):
    statuses = [exchange["response"]["status"] for exchange in recorded_examples()[operation["operationId"]]]
    assert any(200 <= status < 300 for status in statuses)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_the_media_types_are_what_is_sent(method, path, operation):
    for status, response in operation["responses"].items():
        success = "text/csv" if path.endswith(".csv") else "application/json"
        expected = [success] if status < "300" else ["application/problem+json"]
        if operation["operationId"] == "graphql" and status in ("200", "400"):
            expected = ["application/graphql-response+json", *expected]
        assert list(response.get("content", {})) == ([] if status in ("204", "304") else expected)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_response_carries_the_request_id(method, path, operation):
    for response in operation["responses"].values():
        assert resolve(response["headers"]["X-Request-ID"])["required"] is True


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_an_operation_that_looks_at_no_token_documents_no_401(method, path, operation):
    assert ("401" in operation["responses"]) == (operation["security"] != [])


def test_liveness_documents_no_503_and_readiness_does():
    paths = document()["paths"]
    assert "503" not in paths["/health/live/"]["get"]["responses"]
    assert "not-ready" in paths["/health/ready/"]["get"]["responses"]["503"]["description"]


# The examples -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_an_example_of_an_answer_is_valid(method, path, operation):
    for status, response in operation["responses"].items():
        for content in response.get("content", {}).values():
            for example in map(resolve, content["examples"].values()):
                assert faults(example["value"], content["schema"]) == [], f"{status}: {example['summary']}"


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_an_example_of_an_accepted_request_is_valid(method, path, operation):
    succeeded = {
        exchange["name"]
        for exchange in recorded_examples()[operation["operationId"]]
        if exchange["response"]["status"] < 300
    }
    for content in operation.get("requestBody", {}).get("content", {}).values():
        examples = {example["summary"]: example["value"] for example in content["examples"].values()}
        assert succeeded <= examples.keys()
        for name in succeeded:
            assert faults(examples[name], content["schema"]) == [], name


def kind_of(body: dict[str, Any]) -> str:
    """The problem type of an answer: a problem document's own, or that of GraphQL's first error."""
    return str(body["errors"][0]["extensions"]["type"] if "type" not in body else body["type"])


def test_every_kind_of_problem_is_shown_somewhere():
    shown = {
        kind_of(exchange["response"]["body"])
        for exchanges in recorded_examples().values()
        for exchange in exchanges
        if exchange["response"]["status"] >= 400
    }
    assert shown == {kind.uri for slug, kind in PROBLEM_TYPES.items() if slug not in NEVER_RECORDED}


def test_no_two_exchanges_of_an_operation_share_a_name():
    for exchanges in recorded_examples().values():
        names = [exchange["name"] for exchange in exchanges]
        assert len(names) == len(set(names))


def test_the_examples_show_no_token_but_the_placeholder():
    for file in (EXAMPLES_FILE, record_examples.REFUSALS_FILE):
        token_like = re.findall(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", file.read_text("utf-8"))
        assert set(token_like) == {"0123456789abcdef" * 4}


def test_the_recorded_examples_are_what_the_service_answers_now(capsys):
    call_command("record_examples", "--check")
    assert capsys.readouterr().out.splitlines() == ["examples.json is current.", "refusals.json is current."]


def test_a_stale_example_is_named_with_its_operation_and_member(tmp_path, monkeypatch):
    files = {"examples": EXAMPLES_FILE, "refusals": record_examples.REFUSALS_FILE}
    recordings = {name: json.loads(file.read_text("utf-8")) for name, file in files.items()}
    monkeypatch.setattr(record_examples, "record", lambda: recordings)
    stale = json.loads(EXAMPLES_FILE.read_text("utf-8"))
    stale["read_product"][0]["response"]["body"]["price"] = "1.00"
    file = tmp_path / "examples.json"
    file.write_text(json.dumps(stale), "utf-8")
    with pytest.raises(CommandError, match=r"read_product/A product with its picture/response/body/price: \"1\.00\""):
        call_command("record_examples", "--check", "--file", str(file))
    assert json.loads(file.read_text("utf-8")) == stale  # --check writes nothing
    refusals = tmp_path / "refusals.json"
    call_command("record_examples", "--file", str(file), "--refusals", str(refusals))
    assert file.read_bytes() == EXAMPLES_FILE.read_bytes()
    assert refusals.read_bytes() == record_examples.REFUSALS_FILE.read_bytes()


def test_an_added_exchange_is_the_only_difference():
    stored = {"live": [{"name": "B", "status": 200}]}
    recorded = {"live": [{"name": "A", "status": 200}, {"name": "B", "status": 200}]}
    assert [place for place, _ in differences(keyed(stored), keyed(recorded))] == ["live/A"]


# The check of the whole suite -------------------------------------------------------------------------------------

LIVE = Answer(
    method="GET",
    path="/health/live/",
    status=200,
    headers={"Content-Type": "application/json", "X-Request-ID": "a-request-id"},
    body=b'{"status": "alive"}',
)


def changed(**members: Any) -> Answer:
    return Answer(**(vars(LIVE) | members))


def test_a_documented_answer_passes():
    check(LIVE)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (changed(body=b'{"status": "alive", "host": "db-1"}'), r"live .* answered 200: at '': .*'host' was unexpected"),
        (changed(body=b'{"status": 1}'), r"at '/status': 1 is not of type 'string'"),
        (changed(body=b"{}"), r"'status' is a required property"),
        (changed(status=202), r"the status is not documented; these are: 200, 406, 429"),
        (changed(headers={**LIVE.headers, "Content-Type": "text/plain"}), r"'text/plain' is not documented"),
        (changed(headers={"Content-Type": "application/json"}), r"the header X-Request-ID is missing"),
        (changed(status=304, path="/api/v1/auth/me/"), r"the header ETag is missing"),
        (changed(path="/nope"), r"no operation .* not in the document, and yet it answers in JSON"),
        (changed(path="/nope", status=404), r"an error is application/problem\+json"),
        (changed(path="/nope", status=404, routed=False), r"an error is application/problem\+json"),
        (
            changed(path="/nope", status=404, headers={"Content-Type": "application/problem+json"}),
            r"at '': 'type' is a required property",
        ),
        (
            changed(method="POST", status=405, headers={"Content-Type": "application/problem+json"}),
            r"a 405 has the header Allow",
        ),
    ],
)
def test_an_undocumented_answer_is_caught(answer, message):
    with pytest.raises(Nonconformance, match=message):
        check(answer)


def test_a_body_where_none_is_documented_is_caught():
    headers = {"X-Request-ID": "a-request-id", "ETag": '"1"'}
    with pytest.raises(Nonconformance, match="no body is documented"):
        check(changed(path="/api/v1/auth/me/", status=304, headers=headers))


def test_the_check_sees_what_a_test_gets(client, monkeypatch):
    """The proof that the fixture is in place: a view that says more than it documents fails the test that asks it."""

    def talkative(self: LiveView, request: Any) -> Response:
        return Response({"status": "alive", "host": "db-1"})

    monkeypatch.setattr(LiveView, "get", endpoint(who=Who.ANYONE, throttle="health")(talkative))
    with pytest.raises(Nonconformance, match="'host' was unexpected"):
        client.get("/health/live/")


def test_an_unknown_path_is_a_problem(client):
    assert client.get("/nope").json()["type"] == "/api/problems/not-found/"
