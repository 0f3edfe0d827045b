"""The http fence: what it reads, what it shows, and what it says, with file and line, when it cannot be run."""

import pytest

from hub.blocks.block import BlockError
from hub.blocks.http import parse_options, parse_request
from hub.capture import Request
from hub.render import tidy_sql
from tests.hub.conftest import Handbook

POST = 'POST /api/v1/categories/\nContent-Type: application/json\nIf-Match: "1"\n\n{"name":\n\n"Maps"}'


def test_a_request_is_read_with_headers_and_a_body_that_may_hold_blank_lines():
    assert parse_request(POST, "staff") == Request(
        "POST",
        "/api/v1/categories/",
        (("Content-Type", "application/json"), ("If-Match", '"1"')),
        '{"name":\n\n"Maps"}',
        "staff",
    )


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "must be a request"),
        ("FETCH /x/", "must be a request"),
        ("GET products", "not a path on this service"),
        ("GET /a /b", "not a path on this service"),
        ("GET /x/\nno colon here", "is not a header"),
        ("POST /x/\n\n{}", "needs its Content-Type"),
    ],
)
def test_what_is_no_request_is_refused_with_what_to_write(source, says):
    with pytest.raises(BlockError, match=says):
        parse_request(source)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"as": "admin"}, "as=admin is not known; write as=staff or as=customer"),
        ({"expect": "2xx"}, "expect=2xx is not an HTTP status"),
        ({"show": "body,plan"}, "choose from body,headers,sql"),
        ({"show": "body,body"}, "choose from body,headers,sql"),
    ],
)
def test_an_option_that_is_not_known_is_refused(options, says):
    with pytest.raises(BlockError, match=says):
        parse_options(options)


@pytest.mark.parametrize(("expect", "status", "accepted"), [("", 204, True), ("", 302, True), ("", 404, False)])
def test_any_success_is_expected_by_default(expect, status, accepted):
    assert parse_options({}).accepts(status) is accepted


def test_only_the_expected_status_will_do():
    assert parse_options({"expect": "409"}).accepts(409)
    assert not parse_options({"expect": "409"}).accepts(200)


def test_a_page_shows_request_answer_headers_and_sql_without_javascript(handbook: Handbook, answers):
    handbook.page(
        "index.md", "# Home\n\n```http {as=staff}\nGET /api/v1/products/?page_size=3\nAccept: text/html\n```\n"
    )
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert answers[0].account == "staff"
    assert '<span class="nx-method">GET</span>' in html
    assert "<b>200</b> OK" in html
    assert "Ångström &lt;b&gt;" in html, "the body is JSON, indented, readable and escaped"
    assert html.index("ETag") < html.index("X-Frame-Options"), "what every answer carries stands last"
    assert "signed in as demo-staff" in html


def test_sql_has_a_line_for_each_clause_and_names_without_quotes_but_values_as_they_are():
    sql = 'SELECT "a"."at" FROM "a" WHERE "a"."c" = \'say "no"\' ORDER BY "a"."at" DESC'
    assert tidy_sql(sql).splitlines() == ["SELECT a.at", "FROM a", "WHERE a.c = 'say \"no\"'", "ORDER BY a.at DESC"]


def test_show_chooses_the_parts_and_their_order(handbook: Handbook, answers):
    handbook.page("index.md", "# Home\n\n```http {show=sql,body}\nGET /a/\n```\n")
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert html.index('data-panel="sql"') < html.index('data-panel="body"')
    assert 'data-panel="headers"' not in html


def test_a_fence_inside_a_list_and_a_box_runs_too(handbook: Handbook, answers):
    text = (
        "# Home\n\n!!! note\n\n    ```http\n    GET /a/\n    ```\n\n- An item:\n\n    ```http\n    GET /b/\n    ```\n"
    )
    handbook.page("index.md", text)
    assert handbook.build() == []
    assert [request.target for request in answers] == ["/a/", "/b/"]


def test_an_unexpected_status_names_file_and_line_and_stands_in_the_page(handbook: Handbook, answers):
    text = "# Home\n\n```http\nGET /same/\n```\n\n```http {expect=404}\nGET /same/\n```\n"
    handbook.page("deep/page.md", text)
    found = handbook.build()
    assert len(found) == 1
    assert found[0].startswith("docs/deep/page.md:7: expected 404, the API answered 200 OK")
    assert "nx-console--broken" in handbook.html("deep/page/index.html")
    assert "docs/deep/page.md:7" in handbook.html("deep/page/index.html")


def test_an_unknown_option_names_file_and_line(handbook: Handbook, answers):
    handbook.page("index.md", "# Home\n\nText.\n\n```http {until=noon}\nGET /a/\n```\n")
    (found,) = handbook.build()
    assert (
        found == "docs/index.md:5: unknown option 'until'; a block in http takes expect, as, show, continues, not-run"
    )


def test_options_without_braces_would_be_printed_as_text_so_they_are_an_error(handbook: Handbook, answers):
    handbook.page("index.md", "# Home\n\n```http expect=404\nGET /a/\n```\n")
    (found,) = handbook.build()
    assert found.startswith("docs/index.md:3: ```http expect=404: write options in braces")


def test_a_fence_that_a_snippet_brought_in_is_blamed_on_its_own_file(handbook: Handbook, answers, monkeypatch):
    monkeypatch.chdir(handbook.folder)
    handbook.page("part.md", "# Part\n\n```http {expect=500}\nGET /part/\n```\n")
    handbook.page("index.md", '# Home\n\n--8<-- "docs/part.md"\n')
    found = handbook.build()
    assert found
    assert all(line.startswith("docs/part.md:3: expected 500") for line in found)
