"""Markdown that is shown with what it becomes, and Markdown that is only looked through."""

from hub.source import every_fence
from tests.hub.conftest import Handbook

EXAMPLE = """\
# Home

Text.

````markdown {example}
Some *text*.

```json
{"a": 1}
```
````

After it.
"""


def places(found: list[str]) -> list[str]:
    return [text.split(": ")[0] for text in found]


def test_an_example_is_shown_as_source_and_as_what_it_becomes(handbook: Handbook):
    handbook.page("index.md", EXAMPLE)
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert "```json" in html
    assert "<em>text</em>" in html
    assert html.index("```json") < html.index("nx-example") < html.index("<em>text</em>") < html.index("After it.")


def test_a_mistake_in_an_example_names_the_line_in_the_page_once(handbook: Handbook):
    handbook.page("index.md", EXAMPLE.replace('"a": 1', '"a": one'))
    found = handbook.build()
    assert places(found) == ["docs/index.md:9"]
    assert "this is no JSON" in found[0]


def test_a_link_in_an_example_is_checked(handbook: Handbook):
    handbook.page("index.md", EXAMPLE.replace("*text*", "[text](nowhere.md)"))
    (found,) = handbook.build()
    assert found.startswith("docs/index.md:6: a link 'nowhere.md'")


def test_an_example_stands_in_a_tab_too(handbook: Handbook):
    body = "\n".join(f"    {line}" if line else "" for line in EXAMPLE.split("\n")[4:11])
    handbook.page("index.md", f'# Home\n\n=== "One"\n\n{body}\n\n    Still in the tab.\n')
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert html.index('class="tabbed-content"') < html.index("nx-example") < html.index("Still in the tab.")
    assert "<em>text</em>" in html


def test_markdown_that_is_no_example_is_not_run(handbook: Handbook):
    handbook.page("index.md", EXAMPLE.replace(" {example}", "").replace('"a": 1', '"a": one'))
    assert handbook.build() == []
    assert "<em>text</em>" not in handbook.html("index.html")


def test_a_block_without_treatment_inside_it_is_an_error_all_the_same(handbook: Handbook):
    handbook.page("index.md", EXAMPLE.replace(" {example}", "").replace("```json", "```text"))
    found = handbook.build()
    assert places(found) == ["docs/index.md:8"]
    assert "blocks in text are neither run nor checked" in found[0]


def test_an_unknown_option_inside_it_is_an_error(handbook: Handbook):
    handbook.page("index.md", EXAMPLE.replace(" {example}", "").replace("```json", "```json {a=1}"))
    assert places(handbook.build()) == ["docs/index.md:8"]


def test_a_misspelt_option_is_an_error(handbook: Handbook):
    handbook.page("index.md", EXAMPLE.replace("{example}", "{sample}"))
    (found,) = handbook.build()
    assert found.startswith("docs/index.md:5: unknown option 'sample'; a block in markdown takes example, not-run")


def test_the_blocks_of_an_example_are_counted_with_those_of_the_page():
    found = [(fence.language, fence.line) for fence in every_fence(EXAMPLE)]
    assert found == [("markdown", 5), ("json", 8)]
    assert [fence.language for fence in every_fence(EXAMPLE.replace(" {example}", ""))] == ["markdown"]
