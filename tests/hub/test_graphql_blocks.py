"""The graphql fence: what it reads, what it sends, and what it says when it cannot be run."""

import json
import subprocess
from typing import Any

import pytest

from hub.blocks.block import Block, BlockError, PageRecord
from hub.blocks.document import is_document, split_document
from hub.blocks.graphql import TREATMENT, parse_document, parse_options
from hub.blocks.render_exchange import colour_document, colour_request
from hub.npm import node
from hub.source import ROOT

QUERY = "query ($slug: String!) {\n  product(slug: $slug) { name }  # one\n}"
VARIABLES = '{"slug": "lagoon-speaker"}'
TEXTS = [
    "{ products { edges { cursor } } }",
    f"{QUERY}\n\n{VARIABLES}",
    'mutation {\n\n  release(id: "x") { __typename }\n\n}',
    'query a { __typename }\n\nfragment f on Product { slug }\n\n{"a": [1, 2.5, true, null, "é \\u00e5"]}',
    "# a comment\n{ __typename }",
    "subscription { x }",
]


def treated(source, **options) -> str:
    return TREATMENT.render(Block("graphql", source, options, PageRecord(None)))


@pytest.mark.parametrize("text", TEXTS)
def test_a_document_is_known_by_its_beginning(text):
    assert is_document(text)
    assert not is_document(f"GET /x/\n\n{text}")


def test_the_variables_stand_below_an_empty_line():
    assert split_document(f"{QUERY}\n\n{VARIABLES}\n") == (QUERY, VARIABLES)
    assert split_document("{ a }\n\n{ b }") == ("{ a }\n\n{ b }", "")
    request = parse_document(f"{QUERY}\n\n{VARIABLES}", "staff")
    assert (request.method, request.target, request.account) == ("POST", "/graphql/", "staff")
    assert json.loads(request.body) == {"query": QUERY, "variables": {"slug": "lagoon-speaker"}}


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("", 0, "this block is empty"),
        ("{\n  products(\n}", 3, "this is no GraphQL"),
        ("GET /x/", 1, "this is no GraphQL"),
    ],
)
def test_what_is_no_document_is_refused_with_its_line(source, line, says):
    with pytest.raises(BlockError, match=says) as refusal:
        parse_document(source)
    assert refusal.value.line == line


def test_the_options_are_those_of_a_request_and_errors():
    assert parse_options({"expect": "errors"}).errors
    assert parse_options({"expect": "errors"}).accepts(400)
    assert not parse_options({}).accepts(400)
    assert parse_options({"expect": "415"}).accepts(415)
    with pytest.raises(BlockError, match="expect=error is not an HTTP status"):
        parse_options({"expect": "error"})
    with pytest.raises(BlockError, match="as=admin is not known"):
        parse_options({"as": "admin"})


def test_a_document_is_answered_and_its_sql_is_shown():
    html = treated(f"{QUERY}\n\n{VARIABLES}")
    assert "Lagoon" in html
    assert "catalog_product" in html
    assert ">GraphQL<" in html
    assert "curl" in html


def test_errors_that_nobody_announced_break_the_block():
    with pytest.raises(BlockError, match="expected a success"):
        treated("{ nothing }")
    with pytest.raises(BlockError, match="the answer holds errors"):
        treated("{ me { username } }")
    with pytest.raises(BlockError, match="the answer holds none"):
        treated("{ categories { slug } }", expect="errors")
    assert "not-authenticated" in treated("{ me { username } }", expect="errors")
    assert "graphql-invalid" in treated("{ nothing }", expect="errors")


def test_a_document_continues_a_request_and_takes_its_values():
    record = PageRecord(None)
    first = Block("graphql", '{ product(slug: "plain-eraser") { version } }', {}, record)
    TREATMENT.render(first)
    record.blocks.append(first)
    update = """mutation ($v: String!) {
  updateProduct(slug: "plain-eraser", version: $v, changes: {stock: 7}) { ... on Product { stock } }
}

{"v": "{{body.data.product.version}}"}"""
    options: dict[str, Any] = {"as": "staff", "continues": None}
    assert "7" in TREATMENT.render(Block("graphql", update, options, record))


# The same as the page's script ----------------------------------------------------------------------------------------

SCRIPT = """
import { readFileSync } from "node:fs";
const { parseRequest } = await import(process.argv[2]);
const { colourRequest } = await import(process.argv[3]);
const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => [parseRequest(text).body, colourRequest(text)])));
"""


def test_the_page_reads_and_colours_documents_as_the_build_does(tmp_path):
    script = tmp_path / "compare.mjs"
    script.write_text(SCRIPT, encoding="utf-8")
    modules = [(ROOT / "docs/assets/js" / name).as_uri() for name in ("request.js", "colour.js")]
    ran = subprocess.run(
        [node(), str(script), *modules],
        input=json.dumps(TEXTS), capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    for text, (body, html) in zip(TEXTS, json.loads(ran.stdout), strict=True):
        assert json.loads(body) == json.loads(parse_document(text).body)
        assert html.replace("&quot;", '"') == colour_request(text).replace("&quot;", '"').replace("&#x27;", "'")
    assert colour_document("{ a }") == "{ a }"
