"""Input that means harm: refused with a reason, never answered with 500, and never slow to refuse."""

import json
from typing import Any

import pytest

from tests.api.world import fingerprint
from tests.graphql.world import GRAPHQL, post

DOCUMENTS = {
    "nothing": " ",
    "a comment": "# only a comment",
    "no document": "hello",
    "a schema": "type Query { a: Int }",
    "a fragment alone": "fragment f on Product { slug }",
    "an open bracket": "{ products",
    "an empty selection": "{ products { } }",
    "an open string": '{ product(slug: "',
    "an open block string": '{ product(slug: """',
    "nested 15,000 deep": "{ a " * 15_000,
    "lists nested 20,000 deep": "{ product(slug: " + "[" * 20_000,
    "objects nested 20,000 deep": "{ products(filter: " + "{a: " * 10_000,
    "inline fragments nested 1,000 deep": "{ " + "... { " * 1_000 + "__typename" + " }" * 1_001,
    "a fragment in itself": "{ ...f } fragment f on Query { ...f }",
    "fragments in a circle": "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
    "a field in a circle of fragments": """{ categories { ...a } } fragment a on Category { children { ...b } }
        fragment b on Category { children { ...a } }""",
    "fragments that double": "{ categories { ...f0 } } "
    + " ".join(
        f"fragment f{n} on Category {{ parent {{ ...f{n + 1} }} x{n}: parent {{ ...f{n + 1} }} }}" for n in range(20)
    )
    + " fragment f20 on Category { slug }",
    "the same field 450 times": '{ product(slug: "kettle") { ' + "slug " * 450 + "} }",
    "the same field with other arguments": "{ "
    + " ".join(f'product(slug: "p{n}") {{ slug }}' for n in range(60))
    + " }",
    "300 unknown fields": "{ " + " ".join(f"unknown{n}" for n in range(300)) + " }",
    "NUL": '{ product(slug: "\\u0000") { slug } }',
    "NUL in a block string": '{ product(slug: """\\u0000""") { slug } }',
    "half a surrogate pair": '{ product(slug: "\\ud800") { slug } }',
    "the other half": '{ product(slug: "\\u{DC00}") { slug } }',
    "a sign beyond Unicode": '{ product(slug: "\\u{110000}") { slug } }',
    "a long number": f"{{ products(first: {'9' * 5_000}) {{ edges {{ cursor }} }} }}",
    "a number out of range": "{ products(first: 2147483648) { edges { cursor } } }",
    "a fraction": "{ products(first: 1.5) { edges { cursor } } }",
    "a number too small": "{ products(first: -99999999999999999999) { edges { cursor } } }",
    "a page that is too large": "{ products(first: 2147483647) { edges { node { slug } } } }",
    "NaN as money": '{ products(filter: {minPrice: "NaN"}) { edges { cursor } } }',
    "infinity as money": '{ products(filter: {minPrice: "Infinity"}) { edges { cursor } } }',
    "a large exponent as money": '{ products(filter: {minPrice: "1e999999"}) { edges { cursor } } }',
    "a list as money": "{ products(filter: {minPrice: [[[[1]]]]}) { edges { cursor } } }",
    "an object as money": "{ products(filter: {minPrice: {a: 1}}) { edges { cursor } } }",
    "a number as money": "{ products(filter: {minPrice: 12.5}) { edges { cursor } } }",
    "other digits as money": '{ products(filter: {minPrice: "١٢"}) { edges { cursor } } }',
    "a slug of 10,000 signs": f'{{ product(slug: "{"a" * 10_000}") {{ slug }} }}',
    "a search of 10,000 signs": f'{{ products(filter: {{search: "{"a " * 5_000}"}}) {{ edges {{ cursor }} }} }}',
    "an ordering that is not there": "{ products(ordering: PASSWORD) { edges { cursor } } }",
    "an ordering as text": '{ products(ordering: "-price; DROP TABLE") { edges { cursor } } }',
    "SQL as a slug": """{ product(slug: "' OR 1=1 --") { slug } }""",
    "percent signs": '{ products(filter: {search: "%s %(a)s %%"}) { edges { cursor } } }',
    "a subscription": "subscription { products { edges { cursor } } }",
    "defer": "{ ... @defer { products { edges { cursor } } } }",
    "stream": "{ categories @stream(initialCount: 1) { slug } }",
    "an unknown directive": "{ __typename @delete }",
    "a thousand directives": "{ __typename " + "@skip(if: false) " * 150 + "}",
    "two operations": "query a { __typename } query b { __typename }",
    "a field of a private kind": "{ me { password } }",
    "private parts of Python": '{ product(slug: "kettle") { __class__ } }',
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_answered_and_changes_nothing(staff, shop, name):
    before = fingerprint()
    response = post(staff, DOCUMENTS[name])
    assert response.status_code in (200, 400), response.content
    body = response.json()
    assert "internal-error" not in json.dumps(body)
    assert fingerprint() == before


VARIABLES: dict[str, dict[str, Any]] = {
    "none for a required one": {},
    "null for a required one": {"n": None},
    "text for a number": {"n": "ten"},
    "a number out of range": {"n": 2**31},
    "a number of 4,000 digits": {"n": int("9" * 4_000)},
    "a fraction": {"n": 1.5},
    "true for a number": {"n": True},
    "a list for a number": {"n": [1]},
    "an object for a number": {"n": {"n": 1}},
    "one that nobody asked for": {"n": 1, "other": "x" * 50_000},
    "many that nobody asked for": {"n": 1} | {f"v{n}": n for n in range(2_000)},
}
NEEDS_A_NUMBER = "query ($n: Int!) { products(first: $n) { edges { cursor } } }"


@pytest.mark.parametrize("name", VARIABLES)
def test_bad_variables_are_named_and_nothing_fails(anonymous, shop, name):
    response = post(anonymous, NEEDS_A_NUMBER, VARIABLES[name])
    assert response.status_code == (200 if "nobody" in name else 400), response.content
    if response.status_code == 400:
        assert response.json()["errors"][0]["extensions"]["type"] == "/api/problems/graphql-invalid/"


INPUT = "mutation ($input: ProductInput!) { createProduct(input: $input) { __typename } }"


@pytest.mark.parametrize(
    "change",
    [
        {"name": 5},
        {"price": 12.5},
        {"price": "12.505"},
        {"price": "99999999.00"},
        {"price": None},
        {"stock": 2**40},
        {"stock": "5"},
        {"currency": "XXX"},
        {"isActive": "yes"},
        {"prize": "12.00"},
        {"category": None},
        {"category": ["coffee"]},
    ],
)
def test_an_input_of_another_form_is_refused(staff, shop, change):
    before = fingerprint()
    response = post(staff, INPUT, {"input": {"name": "Mug", "price": "12.00", "category": "coffee"} | change})
    assert response.status_code == 400, response.content
    assert fingerprint() == before


BODIES = {
    "a list of requests": '[{"query": "{ __typename }"}, {"query": "{ __typename }"}]',
    "no query": "{}",
    "null as query": '{"query": null}',
    "an empty query": '{"query": ""}',
    "a list as variables": '{"query": "{ __typename }", "variables": []}',
    "text as variables": '{"query": "{ __typename }", "variables": "{}"}',
    "an object as operation name": '{"query": "{ __typename }", "operationName": {}}',
    "an unknown member": '{"query": "{ __typename }", "id": 5}',
    "NUL in a variable": '{"query": "{ __typename }", "variables": {"a": "\\u0000"}}',
    "half a surrogate pair in a variable": '{"query": "{ __typename }", "variables": {"a": ["\\ud800"]}}',
    "half a surrogate pair in the name of a variable": '{"query": "{ __typename }", "variables": {"\\udc00": 1}}',
    "half a surrogate pair in the query": '{"query": "{ __typename } # \\ud800"}',
    "NaN": '{"query": "{ __typename }", "variables": {"a": NaN}}',
    "nested deeper than JSON may be": '{"query": "{ __typename }", "variables": {"a": ' + "[" * 5_000,
    "a member twice": '{"query": "{ __typename }", "query": "{ __typename }"}',
    "no JSON": "query=%7B__typename%7D",
    "no text": "\udcff",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_request_gets_a_problem_document(anonymous, db, name):
    content = BODIES[name].encode("utf-8", "surrogateescape")
    response = anonymous.generic("POST", GRAPHQL, content, "application/json")
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"


def test_an_operation_that_is_not_there_is_named(anonymous, db):
    body = {"query": "query a { __typename }", "operationName": "b"}
    response = anonymous.generic("POST", GRAPHQL, json.dumps(body).encode(), "application/json")
    assert "operationName" in response.json()["errors"][0]["message"]
