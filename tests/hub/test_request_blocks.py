"""Request blocks: the tabs beside a request, blocks that continue others, and what a misused option is told."""

import ast
import json
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from hub import capture as capturing
from hub.blocks.block import Block, BlockError, PageRecord
from hub.blocks.http import ask, parse_options, parse_request
from hub.blocks.placeholders import fill
from hub.blocks.render_exchange import Printed, marked
from hub.capture import CACHE_VARIABLE, Capture, Exchange, Request, capture
from hub.npm import node
from hub.snippets import SNIPPETS
from hub.source import ROOT
from tests.hub.conftest import Handbook

JSON = ("Content-Type", "application/json")
RESERVE = (
    "POST /api/v1/reservations/\nContent-Type: application/json\nIdempotency-Key: basket-1\n\n"
    '{"product": "almanac-notebook", "quantity": 1}'
)
READ = "GET /api/v1/products/almanac-notebook/"
CHANGE = (
    "PATCH /api/v1/products/almanac-notebook/\nContent-Type: application/json\n"
    'If-Match: {{header.ETag}}\n\n{"stock": 12}'
)


# The same words as the page's script --------------------------------------------------------------------------------

REQUESTS = [
    Request("GET", "/api/v1/products/?page_size=3&search=tea%20pot"),
    Request("GET", "/a/?ids[]=1&x={y}", (("Accept", "application/json"),)),
    Request("HEAD", "/a/"),
    Request("OPTIONS", "/a/", (("Origin", "http://localhost:5173"), ("X-Empty", ""))),
    Request("DELETE", "/a/", (("If-Match", '"1"'),), account="staff"),
    Request("GET", "/a/", (("authorization", "Bearer 00"),), account="staff"),
    Request("GET", "/a/", (("Accept", "text/html"), ("accept", "application/json"))),
    Request("POST", "/a/", (JSON,), '{"it\'s": "a \\"quoted\\" \\u00e5 \\ud83d\\ude00 \\ud800 word\\/\\n", "b": ""}'),
    Request("POST", "/a/", (JSON,), '{"n": [1.10, -0, 1e3, 12345678901234567890], "t": true, "f": false, "z": null}'),
    Request("POST", "/a/", (JSON,), '{"empty": {}, "none": [ ], "deep": [[{"a": [{}]}], []]}'),
    Request("POST", "/a/", (JSON,), "[]"),
    Request("POST", "/a/", (JSON,), "12"),
    Request("POST", "/a/", (JSON,), '"text, with: {signs}"'),
    Request("POST", "/a/", (JSON,), '{"n": NaN}'),
    Request("POST", "/a/", (JSON,), '{"broken": }'),
    Request("PUT", "/a/", (("Content-Type", "text/csv"),), 'name,price\nD\'Este "cup",4\\5\n'),
]
COMPARE = """
import { readFileSync } from "node:fs";
const { SNIPPETS } = await import(process.argv[2]);
const asked = JSON.parse(readFileSync(0, "utf8"));
const written = (given) => Object.entries(SNIPPETS).map(([name, write]) => [name, write(...given)]);
console.log(JSON.stringify(asked.map(written)));
"""


def in_node(tmp_path: Path, program: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a module under the Node that requirements.txt pins."""
    file = tmp_path / "program.mjs"
    file.write_text(program, encoding="utf-8")
    command = [node(), str(file), *arguments]
    return subprocess.run(command, input=given, capture_output=True, encoding="utf-8", timeout=60)


def test_the_build_and_the_page_write_the_same_words(tmp_path):
    asked = [
        ({"method": r.method, "target": r.target, "headers": r.headers, "body": r.body}, base, bool(r.account))
        for r in REQUESTS
        for base in ("http://localhost:8000", "https://reader.example/nexus")
    ]
    script = (ROOT / "docs" / "assets" / "js" / "snippets.js").as_uri()
    done = in_node(tmp_path, COMPARE, script, given=json.dumps(asked))
    assert done.returncode == 0, done.stderr
    written = [
        [[name, write(request, base, bool(request.account))] for name, (_, write) in SNIPPETS.items()]
        for request in REQUESTS
        for base in ("http://localhost:8000", "https://reader.example/nexus")
    ]
    assert json.loads(done.stdout) == written


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: f"{request.method} {request.body[:12]}")
def test_a_python_snippet_compiles_and_means_the_same_request(request_):
    program = SNIPPETS["python"][1](request_, "http://localhost:8000", False)
    call = ast.parse(program).body[1].value  # type: ignore[attr-defined]
    sent = {word.arg: word.value for word in call.keywords}
    assert call.func.attr == request_.method.lower()
    assert ast.literal_eval(call.args[0]) == "http://localhost:8000" + request_.target
    if "json" in sent:
        assert ast.literal_eval(sent["json"]) == json.loads(request_.body)
    elif request_.body:
        assert ast.literal_eval(sent["data"].func.value) == request_.body


def test_a_javascript_snippet_parses(tmp_path):
    for number, request in enumerate(REQUESTS):
        module = tmp_path / f"snippet-{number}.mjs"
        module.write_text(SNIPPETS["javascript"][1](request, "http://localhost:8000", True), encoding="utf-8")
        done = subprocess.run([node(), "--check", str(module)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


# Tabs -----------------------------------------------------------------------------------------------------------------


def test_the_tabs_stand_in_the_page_without_javascript(handbook: Handbook):
    handbook.page("index.md", f"# Home\n\n```http {{as=customer expect=201}}\n{RESERVE}\n```\n")
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert re.findall(r'<label for="request-1-\w+">(\w+)</label>', html) == [
        "Request",
        "curl",
        "HTTPie",
        "JavaScript",
        "Python",
    ]
    assert 'id="request-1-raw" value="raw" checked>' in html
    text = text_of(html)
    assert "curl -i -X POST 'http://localhost:8000/api/v1/reservations/'" in text
    assert "requests.post(" in text
    assert 'JSON.stringify({\n    "product"' in text
    assert "Authorization: Bearer YOUR_TOKEN" in text


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


# Blocks that continue -----------------------------------------------------------------------------------------------


def blocks(*sources: tuple[str, dict[str, Any]]) -> list[Exchange]:
    """What the blocks of one page are asked and answered, one after another."""
    record = PageRecord(None)
    answered = []
    for source, options in sources:
        block = Block("http", source, options, record)
        answered.append(ask(block, parse_options(options))[0])
        record.blocks.append(block)
    return answered


def test_a_block_finds_what_the_ones_it_continues_left():
    first, again, other = blocks(
        (RESERVE, {"as": "customer", "expect": "201"}),
        (RESERVE, {"as": "customer", "continues": None}),
        (RESERVE, {"as": "customer", "expect": "201"}),
    )
    assert again.answer.header("Idempotent-Replayed") == "true"
    made, found = json.loads(first.answer.content), json.loads(again.answer.content)
    assert found["id"] == made["id"], "not a reservation like it: the one that the page shows above"
    assert json.loads(other.answer.content)["id"] != made["id"], "without the option it starts from the seed"
    assert not other.answer.header("Idempotent-Replayed")


def test_values_come_from_the_answer_above_or_from_one_by_number():
    stale = CHANGE.replace("{{header", "{{1.header")
    read, changed, late = blocks(
        (READ, {}),
        (CHANGE, {"as": "staff", "continues": None}),
        (stale, {"as": "staff", "continues": None, "expect": "412"}),
    )
    assert dict(changed.request.headers)["If-Match"] == read.answer.header("ETag")
    assert late.request.headers == changed.request.headers
    assert changed.answer.header("ETag") != read.answer.header("ETag")


def test_a_whole_address_becomes_its_path():
    first, second = blocks(
        ("GET /api/v1/products/?page_size=2", {}),
        ("GET {{body.next}}", {"continues": None}),
    )
    assert second.request.target.startswith("/api/v1/products/?")
    assert json.loads(second.answer.content)["results"] != json.loads(first.answer.content)["results"]


def answered(body: object, **headers: str) -> Capture:
    names = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Capture(200, "OK", (JSON, *names), json.dumps(body).encode())


def test_a_value_is_written_as_its_place_asks():
    answer = answered({"name": 'a/b "c"', "n": 3, "tags": ["x"], "ok": True}, ETag='"1"')
    source = (
        "POST /x/{{body.name}}/?n={{body.n}}\nContent-Type: application/json\nIf-Match: {{ header.etag }}\n\n"
        '{"name": "{{body.name}}", "tags": {{body.tags}}, "ok": {{body.ok}}, "first": "{{body.tags.0}}"}'
    )
    text, filled = fill(source, [answer])
    request = parse_request(text)
    assert request.target == "/x/a%2Fb%20%22c%22/?n=3"
    assert request.headers[1] == ("If-Match", '"1"')
    assert json.loads(request.body) == {"name": 'a/b "c"', "tags": ["x"], "ok": True, "first": "x"}
    assert [text[piece.start : piece.end] for piece in filled][:3] == ["a%2Fb%20%22c%22", "3", '"1"']


def test_the_printed_value_says_where_it_comes_from(handbook: Handbook):
    fence = "```http\n{}\n```\n\n```http {{as=staff continues}}\n{}\n```\n"
    handbook.page("index.md", "# Home\n\n" + fence.format(READ, CHANGE))
    assert handbook.build() == []
    html = handbook.html("index.html")
    mark = re.search(r'<mark class="nx-filled" data-from="1.header.ETag" title="([^"]*)">([^<]*)</mark>', html)
    assert mark
    assert mark[1] == "the header ETag of the answer above"
    assert unescape(mark[2]) in text_of(html.split("nx-console__answer")[1]), "the tag that the answer above shows"
    assert "{{" not in html
    assert 'data-continues="1"' in html
    assert "signed in as demo-staff, continues the request above<" in html


def test_a_mark_never_crosses_a_tag():
    text, filled = fill("GET /a/?x={{body.v}}", [answered({"v": "1&2"})])
    html = marked('GET <span class="p">/a/</span>?x=<i>1%2</i>62', Printed(text, filled, 1))
    assert html.count("<mark") == html.count("</mark>") == 2
    assert re.search(r"<i><mark[^>]*>1%2</mark></i><mark[^>]*>62</mark>$", html)


def test_answers_are_read_back_only_while_those_above_left_the_same(monkeypatch):
    post = Request("POST", "/api/v1/categories/", (JSON,), '{"name": "Maps", "slug": "maps"}', "staff")
    read = Request("GET", "/api/v1/categories/maps/")
    first = Exchange(post, capture(post))
    monkeypatch.setenv(CACHE_VARIABLE, "1")
    seen = capture(read, first)
    assert capture(read, first).header("X-Request-ID") == seen.header("X-Request-ID")
    assert capture(Request("GET", "/api/v1/categories/maps/")).status == 404, "the key holds what was continued"
    monkeypatch.delenv(CACHE_VARIABLE)
    second = Exchange(post, capture(post))
    monkeypatch.setenv(CACHE_VARIABLE, "1")
    assert second.answer.state != first.answer.state
    assert capture(read, second).header("X-Request-ID") != seen.header("X-Request-ID")


def test_reading_leaves_the_seed():
    assert capture(Request("GET", "/api/v1/products/", account="staff")).state == ""
    assert capturing.ACCOUNTS


# Misuse --------------------------------------------------------------------------------------------------------------

FENCES = """# Home

```http
GET /api/v1/products/almanac-notebook/
```

```http {{{options}}}
{request}
```
"""
POST = 'POST /api/v1/products/\nContent-Type: application/json\n\n{"name": "'


@pytest.mark.parametrize(
    ("options", "request_", "says"),
    [
        ("continues=yes", READ, "7: continues=yes is not known; write the word continues without a value"),
        ("continue", READ, "7: unknown option 'continue'; a block in http takes expect, as, show, continues, not-run"),
        ("continues not-run", READ, "7: not-run needs a reason"),
        ('continues not-run="it needs PostgreSQL"', READ, "7: continues and not-run exclude each other"),
        ("expect=404", READ, "7: expected 404, the API answered 200 OK"),
        (
            "as=staff",
            CHANGE,
            "10: {{header.ETag}} stands for a value of an earlier answer; add the option continues",
        ),
        ("continues", READ + "\nX: {{etag}}", "9: {{etag}}: this names no value; write one such as {{header.ETag}}"),
        ("continues", READ + "\nX: {{2.header.ETag}}", "9: {{2.header.ETag}}: there is no answer 2; this request c"),
        ("continues", READ + "\nX: {{header.Tag}}", "9: {{header.Tag}}: that answer has no header Tag; it has Content"),
        ("continues", POST + '{{body.title}}"}', "11: {{body.title}}: body has no title; it has id, slug, name, desc"),
        ("continues", POST + '{{body.name.0}}"}', "11: {{body.name.0}}: body.name has no 0; it is a single value"),
        ("continues", "GET /a/{{body.category}}/", "8: {{body.category}}: this is no single value; name a member"),
    ],
)  # fmt: skip
def test_a_misused_option_is_told_what_to_write_with_file_and_line(handbook: Handbook, options, request_, says):
    handbook.page("index.md", FENCES.format(options=options, request=request_))
    (found,) = handbook.build()
    assert found.startswith(f"docs/index.md:{says}"), found


def test_a_list_says_how_long_it_is():
    with pytest.raises(BlockError, match=r"body.results has no 5; it is a list of 1, counted from 0"):
        fill("GET /a/{{body.results.5.slug}}/", [answered({"results": [{}]})])


def test_a_body_that_is_no_json_has_no_members():
    with pytest.raises(BlockError, match="is no JSON, but text/html"):
        fill("GET /a/{{body.x}}/", [Capture(200, "OK", (("Content-Type", "text/html"),), b"<p>")])


def test_the_first_block_of_a_page_has_nothing_to_continue(handbook: Handbook):
    handbook.page("index.md", f"# Home\n\n```http {{continues}}\n{READ}\n```\n")
    handbook.page("other.md", f"# Other\n\n```http\n{READ}\n```\n")
    (found,) = handbook.build()
    assert found.startswith("docs/index.md:3: there is no request above on this page to continue")


def test_what_continues_a_broken_block_names_it(handbook: Handbook):
    text = f"# Home\n\n```http {{expect=404}}\n{READ}\n```\n\n```http {{continues}}\n{READ}\n```\n"
    handbook.page("index.md", text)
    broken, after = handbook.build()
    assert broken.startswith("docs/index.md:3: expected 404")
    assert after == "docs/index.md:7: this continues the request in docs/index.md:3, which has to be mended first"


def test_a_block_that_is_not_run_is_not_continued(handbook: Handbook):
    text = f'# Home\n\n```http\n{READ}\n```\n\n```http {{not-run="it would take a day"}}\nGET /x/\n```\n\n'
    handbook.page("index.md", text + f"```http {{as=staff continues}}\n{CHANGE}\n```\n")
    assert handbook.build() == []
