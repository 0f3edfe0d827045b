"""GraphQL on a static host: GraphiQL and the consoles of a page ask the API inside the page."""

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.page_api import FILES, ask, body_of, loaded

PAGE = "demo-api/graphql/"


def run(page: Page, document: str) -> str:
    """Write a document into GraphiQL, run it by the keyboard, and return the answer's text."""
    editor = page.locator(".graphiql-query-editor .CodeMirror").first
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(document)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".nx-graphiql__sql summary")).to_be_visible()
    answer = page.locator(".graphiql-response .CodeMirror")
    return str(answer.evaluate("element => element.CodeMirror.getValue()"))


def test_graphiql_answers_in_the_page_with_the_sql_it_ran(visit, hosted):
    visit = visit(hosted + PAGE)
    page = visit.page
    expect(page.locator(".graphiql-execute-button")).to_be_visible()
    assert loaded(visit.addresses) == []  # nothing heavy before the reader asks

    answer = json.loads(run(page, '{ product(slug: "lagoon-speaker") { name image category { name } } }'))
    assert answer["data"]["product"]["name"] == "Lagoon Cordless Speaker"
    assert answer["extensions"]["limits"]["cost"]["found"] == 5
    assert [name for name in loaded(visit.addresses) if name == "graphql"] == ["graphql"]
    page.locator(".nx-graphiql__sql summary").click()
    expect(page.locator(".nx-graphiql__sql")).to_contain_text("FROM catalog_product")
    expect(page.locator(".nx-graphiql .nx-pictures img")).to_have_js_property("naturalWidth", 640)
    assert visit.complaints == []
    assert visit.strangers(hosted) == []


def test_graphiql_asks_as_staff_and_writes(visit, hosted):
    page = visit(hosted + PAGE).page
    expect(page.locator(".graphiql-execute-button")).to_be_visible()
    create = 'mutation { createCategory(input: {name: "Maps"}) { __typename ... on Category { slug } } }'
    assert json.loads(run(page, create))["data"]["createCategory"]["__typename"] == "NotAuthenticated"
    page.get_by_label("Signed in as").select_option("staff")
    assert json.loads(run(page, create + " "))["data"]["createCategory"] == {"__typename": "Category", "slug": "maps"}


def test_graphiql_knows_the_schema_before_anything_is_loaded(visit, hosted):
    visit = visit(hosted + PAGE)
    page = visit.page
    expect(page.locator(".graphiql-execute-button")).to_be_visible()
    page.get_by_role("button", name=re.compile("Documentation Explorer")).first.click()
    page.locator(".graphiql-doc-explorer").get_by_text("Query", exact=True).first.click()
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("reservations")
    assert loaded(visit.addresses) == []


def test_graphiql_follows_the_scheme_and_fits_a_phone(visit, hosted):
    for width, scheme in ((390, "dark"), (1280, "light")):
        visited = visit(hosted + PAGE, width=width, scheme=scheme)
        expect(visited.page.locator(".graphiql-container")).to_be_visible()
        expect(visited.page.locator("body")).to_have_class(re.compile(f"graphiql-{scheme}"))
        assert visited.sideways() == 0
        box = visited.page.locator(".graphiql-execute-button").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
        answer = visited.page.locator(".graphiql-response").bounding_box()
        assert answer is not None
        assert answer["width"] > 200


def test_a_graphql_block_runs_in_the_page_and_so_does_what_the_reader_makes_of_it(visit, hosted):
    visit = visit(hosted + PAGE)
    console = visit.page.locator(".nx-console").first
    document = 'query ($slug: String!) { product(slug: $slug) { name } }\n\n{"slug": "plain-eraser"}'
    assert body_of(ask(console, document))["data"] == {"product": {"name": "Plain Eraser"}}
    console.get_by_text("curl", exact=True).click()
    expect(console.locator('[data-panel="curl"]')).to_contain_text("/graphql/")
    console.get_by_text("GraphQL", exact=True).click()
    assert body_of(ask(console, "{ products(first: 1000) { edges { cursor } } }"))["errors"]
    assert [address for address in visit.addresses if f"{FILES}graphql" in address]
    assert visit.complaints == []


def test_a_program_of_the_reader_may_use_graphql(visit, hosted):
    page = visit(hosted + "demo-api/python-cells/").page
    source = "from demo_api.catalog.graphql.schema import schema\n\n'createProduct' in schema.as_str()"
    result = page.evaluate(
        """async ([address, source]) => {
          const { pageApi } = await import(address);
          return (await pageApi.runCell("test", source)).value;
        }""",
        [hosted + "assets/js/page-api/client.js", source],
    )
    assert result == "True"
