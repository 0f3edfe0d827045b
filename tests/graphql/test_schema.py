"""The schema: the committed file is the running code's, it is valid, and nothing in it is silent."""

from typing import Any

import pytest
from django.core.management import call_command
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    is_list_type,
    is_non_null_type,
    validate_schema,
)

from demo_api.catalog.graphql import problems
from demo_api.catalog.graphql.directives import list_size
from demo_api.catalog.graphql.schema import schema, schema_text
from demo_api.nexus.examples.scratch import ROOT
from demo_api.nexus.problem_types import PROBLEM_TYPES
from demo_api.nexus.problems import Problem

COMMITTED = ROOT / "docs" / "reference" / "schema.graphql"
ACCEPT = "python manage.py write_graphql_schema --file docs/reference/schema.graphql"
OURS = {
    name: kind
    for name, kind in schema.core.type_map.items()
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
}


def test_the_committed_schema_is_the_one_of_the_running_code():
    beside = COMMITTED.with_suffix(".new.graphql")
    if COMMITTED.read_bytes() == schema_text().encode():
        beside.unlink(missing_ok=True)
        return
    beside.write_bytes(schema_text().encode())
    pytest.fail(f"{COMMITTED.name} is not current. Look at {beside}, beside it. To accept it: {ACCEPT}")


def test_the_command_writes_it(tmp_path, capsys):
    call_command("write_graphql_schema", file=tmp_path / "schema.graphql")
    assert (tmp_path / "schema.graphql").read_bytes() == schema_text().encode()
    call_command("write_graphql_schema")
    assert capsys.readouterr().out == schema_text()


def test_the_text_is_a_valid_schema():
    assert validate_schema(build_schema(schema_text())) == []


def test_every_type_and_every_field_of_the_roots_says_what_it_is():
    silent = [name for name, kind in OURS.items() if not kind.description and name not in ("Query", "Mutation")]
    roots = [field for root in ("Query", "Mutation") for field in OURS[root].fields.items()]
    silent += [name for name, field in roots if not field.description]
    assert silent == []


def is_list(kind) -> bool:
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def test_every_list_says_how_many_objects_it_counts_for():
    """The edges of a connection count as many as the connection says; the errors of a problem are few and scalar."""
    silent = [
        f"{name}.{field_name}"
        for name, kind in OURS.items()
        for field_name, field in kind.fields.items()
        if is_list(field.type) and not list_size(field) and field_name != "edges"
    ]
    assert silent == ["InvalidInput.errors"]


def test_every_connection_says_how_large_its_pages_are():
    for kind in OURS.values():
        for name, field in kind.fields.items():
            if str(field.type).rstrip("!").endswith("Connection"):
                size = list_size(field)
                assert size, name
                assert size.slicing_arguments == ["first", "last"]
                assert {"first", "last", "after", "before"} <= field.args.keys()


@pytest.mark.parametrize("slug", problems.TYPES)
def test_a_problem_of_the_schema_is_one_of_the_register_with_its_facts(slug):
    facts: dict[str, dict[str, Any]] = {
        "invalid-input": {"errors": [{"pointer": "/x", "detail": "No.", "code": "invalid"}]},
        "precondition-failed": {"current_version": "v"},
        "insufficient-stock": {"requested": 2, "available": 1},
        "reservation-limit": {"limit": 20},
        "product-reserved": {"reservations": 1},
        "category-in-use": {"products": 1, "categories": 2},
    }
    typed = problems.typed(Problem(slug, **facts.get(slug, {})))
    assert isinstance(typed, problems.TYPES[slug])
    assert (typed.type, typed.status) == (PROBLEM_TYPES[slug].uri, PROBLEM_TYPES[slug].status)


def test_a_problem_without_a_type_in_the_schema_stays_an_error():
    assert problems.typed(Problem("service-unavailable")) is None
