"""The static reference says what the OpenAPI document says, in sections that can be linked to."""

import re

import pytest
import yaml

from hub.openapi import openapi_markdown, sections
from hub.openapi_schema import range_words, resolve, type_words
from hub.source import ROOT
from tests.hub.conftest import Handbook

DOCUMENT = yaml.safe_load("""
openapi: 3.1.1
tags: [{name: things, description: What there is.}]
paths:
  /things/{slug}/:
    parameters:
      - {name: slug, in: path, required: true, schema: {type: string, pattern: '^[a-z]+$'}}
    put:
      operationId: replace_thing
      summary: Replace a thing
      description: Writes it anew, `name` first.
      tags: [things]
      x-who: staff accounts
      x-throttle: {scope: write, requests-per-minute: 1200}
      x-limits: {body-bytes: 65536}
      parameters:
        - {name: If-Match, in: header, required: true, description: The ETag., schema: {type: string}}
        - {name: depth, in: query, schema: {type: integer, minimum: 1, maximum: 9, default: 2}}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Thing'}
            examples: {one: {summary: a small one, value: {name: Cup}}}
      responses:
        '200':
          description: The thing as it is now.
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
        '409':
          description: "Conflict:\\n- `insufficient-stock`: There is not enough stock."
        '500': {description: A fault.}
components:
  schemas:
    Thing:
      type: object
      required: [name]
      properties:
        id: {type: string, format: uuid, readOnly: true}
        name: {type: string, minLength: 1, maxLength: 80, description: 'What it is called | really.'}
        colour: {enum: [red, blue], minLength: 1, description: Its paint.}
        parts: {type: array, items: {type: object, properties: {size: {type: [integer, 'null']}}}}
""")

REFUSALS = {
    "replace_thing": [
        {"name": "A copy", "response": {"status": 304}},
        {
            "name": "Nine of them",
            "response": {
                "status": 409,
                "body": {"type": "/api/problems/insufficient-stock/", "detail": "There are <3> | `cups` left."},
            },
        },
    ]
}


@pytest.fixture(scope="module")
def text() -> str:
    return "\n\n".join(sections(DOCUMENT, REFUSALS))


@pytest.mark.parametrize(
    "said",
    [
        "## Things {#things}",
        "### Replace a thing {#replace_thing}",
        "Writes it anew, `name` first.",
        "<dt>Who may call it</dt><dd>staff accounts</dd>",
        "<dd>1,200 requests a minute</dd>",
        "<dd>64 KiB</dd>",
        "| `slug`<br>path, required | string<br>pattern `^[a-z]+$` |",
        "| `depth`<br>query | integer<br>1 to 9, default `2` |",
        "| `If-Match`<br>header, required | string | The ETag. |",
        "| `name`<br>required | string<br>1 to 80 characters | What it is called \\| really. |",
        "| `colour` | one of `red`, `blue` | Its paint. |",
        "| `parts[].size` | integer or null |",
        '"name": "Cup"',
        "a small one",
        (
            "[There is not enough stock](problem-types.md#insufficient-stock) | "
            "Nine of them<br>There are &lt;3&gt; \\| `cups` left. |"
        ),
        "A fault.",
    ],
)
def test_the_section_says(text, said):
    assert said in text


def test_what_the_server_sets_is_not_listed_as_something_to_send(text):
    request, _, response = text.partition("The thing as it is now.")
    assert "`id`" not in request
    assert "`id` | string (uuid)<br>read only" in response


def test_parameters_stand_in_the_order_of_a_request(text):
    assert text.index("`slug`<br>") < text.index("`depth`<br>") < text.index("`If-Match`<br>")


def test_every_error_of_the_committed_document_is_told_with_a_recorded_answer_of_its_own_operation():
    text = openapi_markdown("docs/reference/openapi.yaml", ROOT)
    errors = re.findall(r"\(problem-types\.md#[a-z-]+\) \|(.*)\|$", text, re.M)
    assert len(errors) > 150
    assert all(told.strip() for told in errors)


def test_a_broken_reference_is_an_error():
    with pytest.raises(ValueError, match="Nothing points to nothing"):
        resolve(DOCUMENT, {"$ref": "#/components/schemas/Nothing"})


def test_words_for_types_and_ranges():
    assert type_words(DOCUMENT, {"oneOf": [{"type": "string"}, {"type": "null"}]}) == "string or null"
    assert type_words(DOCUMENT, {"type": "array", "items": {"type": "integer"}}) == "list of integer"
    assert range_words(DOCUMENT, {"exclusiveMinimum": 0, "maxLength": 5}) == "more than 0, at most 5 characters"


def test_the_page_has_an_anchor_and_an_entry_in_the_search_index_for_each_operation(handbook: Handbook):
    (handbook.folder / "openapi.yaml").write_text(yaml.dump(DOCUMENT), encoding="utf-8")
    handbook.page("reference.md", "# Reference\n\n[[openapi: openapi.yaml]]\n")
    handbook.page("problem-types.md", "# Problem types\n\n[[problem-types]]\n")
    assert handbook.build() == [], "every link to a problem type leads to its section"
    assert re.search(r'<h3 id="replace_thing">', handbook.html("reference/index.html"))
    assert '"location":"reference/#replace_thing"' in handbook.html("search/search_index.json").replace(": ", ":")


def test_every_operation_of_the_committed_document_has_its_section():
    text = openapi_markdown("docs/reference/openapi.yaml", ROOT)
    document = yaml.safe_load((ROOT / "docs/reference/openapi.yaml").read_text(encoding="utf-8"))
    operations = [
        node["operationId"] for path in document["paths"].values() for node in path.values() if "operationId" in node
    ]
    assert len(operations) > 20
    assert sorted(re.findall(r"^### .* \{#(\w+)\}$", text, re.M)) == sorted(operations)
    assert text.count("Who may call it") == len(operations)
