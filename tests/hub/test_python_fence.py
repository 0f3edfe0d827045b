"""The python fence: programs run in order beside the real API, and what they did stands in the page."""

import re

import pytest

from hub import capture as module
from hub.blocks.render_cell import MOST_PRINTED
from hub.build import build_changed
from hub.capture import CACHE_VARIABLE, CaptureError, CellResult, Request, capture, capture_cell
from tests.hub.conftest import Handbook

IMPORT = "from demo_api.catalog.models import Category, Product"


@pytest.fixture(autouse=True)
def _fresh_answers(monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)


def fence(source: str, options: str = "") -> str:
    return f"```python{options}\n{source}\n```\n\n"


def text_of(html: str) -> str:
    """Return what a reader sees of a page."""
    return re.sub(r"<[^>]+>", "", html).replace("&quot;", '"').replace("&#x27;", "'").replace("&lt;", "<")


# Options -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("expect=200", "unknown option 'expect'; a block in python takes raises, engine, volatile, differs, not-run"),
        ("raises='a b'", "raises=a b is not the name of an exception"),
        ("raises=''", "is not the name of an exception"),
        ("not-run=later", "not-run needs a reason"),
        ("not-run='it is slow' raises=KeyError", "raises and not-run exclude each other"),
    ],
)
def test_an_option_that_is_not_known_or_says_nothing_is_refused(handbook: Handbook, options, says):
    handbook.page("index.md", "# Home\n\n" + fence("1", f" {{{options}}}"))
    (found,) = handbook.build()
    assert found.startswith("docs/index.md:3: ")
    assert says in found


# A page ------------------------------------------------------------------------------------------------------------


def test_a_page_shows_a_program_its_output_its_value_and_its_sql_without_javascript(handbook: Handbook):
    program = f'{IMPORT}\nprint("<first>")\nCategory.objects.get(slug="bags").name'
    handbook.page("deep/page.md", "# Page\n\n" + fence(program))
    assert handbook.build() == []
    html = handbook.html("deep/page/index.html")
    assert 'data-page="deep/page" data-number="1"' in html
    assert html.count('<span class="nx-line">') == 3
    assert "&lt;first&gt;" in html
    assert "'Bags'" in text_of(html)
    assert "1 query" in html
    assert "FROM catalog_category" in text_of(html)
    assert "data-raises" not in html


def test_nothing_that_changes_from_run_to_run_is_printed(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n" + fence(f"{IMPORT}\nProduct.objects.count()"))
    assert handbook.build() == []
    first, _, _ = handbook.html("index.html").partition("MkDocs version")  # below it, the theme tells the time
    assert "COUNT" in first
    assert not re.search(r"\d ms|memory", text_of(first))
    assert handbook.build() == []
    assert handbook.html("index.html").startswith(first)


def test_programs_of_a_page_share_names_and_data_and_those_of_another_page_do_not(handbook: Handbook):
    make = f'{IMPORT}\nmaps = Category.objects.create(name="Maps", slug="maps")'
    ask = 'Category.objects.filter(slug="maps").exists()'
    text = "# Home\n\n" + fence(make) + "```http\nGET /api/v1/categories/\n```\n\n" + fence(f"maps.slug, {ask}")
    handbook.page("index.md", text)
    handbook.page("other.md", "# Other\n\n" + fence(f'{IMPORT}\n"maps" in globals(), {ask}'))
    assert handbook.build() == []
    assert "('maps', True)" in text_of(handbook.html("index.html")), "though a request between them put the seed back"
    assert "(False, False)" in text_of(handbook.html("other/index.html"))


def test_a_program_in_a_list_or_a_box_runs_in_its_turn(handbook: Handbook):
    box = "!!! note\n\n    ```python\n    word = 'boxed'\n    ```\n\n"
    item = "- An item:\n\n    ```python\n    word += ' in'\n    ```\n\n"
    handbook.page("index.md", "# Home\n\n" + box + item + fence("word"))
    assert handbook.build() == []
    assert "'boxed in'" in text_of(handbook.html("index.html"))
    assert re.findall(r'data-number="(\d)"', handbook.html("index.html")) == ["1", "2", "3"]


def test_a_program_may_await(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n" + fence(f'{IMPORT}\n(await Category.objects.aget(slug="bags")).name'))
    assert handbook.build() == []
    assert "'Bags'" in text_of(handbook.html("index.html"))


def test_of_many_statements_the_first_are_printed_and_the_rest_counted(handbook: Handbook):
    handbook.page(
        "index.md", "# Home\n\n" + fence(f"{IMPORT}\nfor _ in range({MOST_PRINTED + 5}):\n    Product.objects.count()")
    )
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert html.count("<li>") == MOST_PRINTED
    assert "And 5 more" in html
    assert f"{MOST_PRINTED + 5} queries" in html


# Errors ------------------------------------------------------------------------------------------------------------


def test_an_error_that_nobody_expected_names_the_file_and_the_line_that_raised(handbook: Handbook):
    handbook.page("deep/page.md", "# Page\n\n" + fence("a = 1") + fence("b = 0\n\na / b"))
    (found,) = handbook.build()
    assert found == "docs/deep/page.md:10: the program raised ZeroDivisionError: division by zero"
    html = handbook.html("deep/page/index.html")
    assert "nx-console--broken" in html
    assert "docs/deep/page.md:10" in html


def test_of_two_equal_programs_the_one_that_failed_is_blamed(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n" + fence("n = 1") + fence("1 / n") + fence("n = 0") + fence("1 / n"))
    (found,) = handbook.build()
    assert found.startswith("docs/index.md:16: the program raised ZeroDivisionError")


def test_an_expected_error_is_shown_with_its_traceback(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n" + fence('int("twelve")', " {raises=ValueError}"))
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert 'data-raises="ValueError"' in html
    assert "ValueError</b> in line 1" in html
    assert 'nx-cell__message">ValueError: invalid literal' in html


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("12", "docs/index.md:3: expected ValueError, the program raised nothing"),
        ('{}["a"]', "docs/index.md:4: expected ValueError, the program raised KeyError: 'a'"),
    ],
)
def test_an_expected_error_that_does_not_come_is_an_error(handbook: Handbook, program, says):
    handbook.page("index.md", "# Home\n\n" + fence(program, " {raises=ValueError}"))
    assert handbook.build() == [says]


def test_a_program_that_is_no_python_names_its_line(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n" + fence("a = 1\nif a:\nb"))
    (found,) = handbook.build()
    assert found.startswith("docs/index.md:6: the program raised IndentationError: expected an indented block")


def test_an_unknown_option_names_file_and_line(handbook: Handbook):
    handbook.page("index.md", "# Home\n\nText.\n\n" + fence("1", " {until=noon}"))
    assert handbook.build() == [
        "docs/index.md:5: unknown option 'until'; a block in python takes raises, engine, volatile, differs, not-run"
    ]


def test_options_without_braces_would_be_printed_as_text_so_they_are_an_error(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n" + fence("1", " raises=ValueError"))
    assert handbook.build()[0].startswith("docs/index.md:3: ```python raises=ValueError: write options in braces")


# Not run -----------------------------------------------------------------------------------------------------------


def test_what_is_not_run_is_shown_with_the_reason_and_leaves_nothing_behind(handbook: Handbook):
    shown = fence('word = "shown"', ' {not-run="it needs PostgreSQL & time"}')
    handbook.page("index.md", "# Home\n\n" + shown + fence('"word" in globals()'))
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert "Not run here: it needs PostgreSQL &amp; time." in html
    assert "False" in text_of(html)
    assert re.findall(r'data-number="(\d)"', html) == ["1"], "the page's script finds only what was run"


# Capturing ---------------------------------------------------------------------------------------------------------


def test_recordings_are_read_back_when_asked_and_only_for_the_same_programs_above(monkeypatch):
    program = "import uuid\nuuid.uuid4(), n"
    first = capture_cell(["n = 1"], program)
    monkeypatch.setenv(CACHE_VARIABLE, "1")
    assert capture_cell(["n = 1"], program) == first
    other = capture_cell(["n = 2"], program)
    assert other.value.endswith(", 2)")
    monkeypatch.delenv(CACHE_VARIABLE)
    assert capture_cell(["n = 1"], program) != first


def test_after_a_save_every_program_of_the_page_knows_those_above_it(handbook: Handbook, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, "1")
    handbook.page("index.md", "# Home\n\n" + fence("n = 20") + fence("n + 1"))
    assert handbook.build() == []
    handbook.page("index.md", "# Home\n\n" + fence("n = 40") + fence("n + 1"))
    assert build_changed(handbook.config, handbook.folder / "site", "http://127.0.0.1/") == []
    assert ">41<" in handbook.html("index.html")


def test_a_request_does_not_see_what_a_program_wrote():
    made = capture_cell([], f'{IMPORT}\nCategory.objects.create(name="Maps", slug="maps").slug')
    assert made.value == "'maps'"
    assert capture(Request("GET", "/api/v1/categories/maps/")).status == 404


def test_a_program_that_does_not_end_is_given_up_and_the_next_one_runs(monkeypatch):
    assert capture_cell([], "1") == CellResult(value="1")
    monkeypatch.setattr(module, "PATIENCE", 1)
    with pytest.raises(CaptureError, match="no answer within 1 seconds"):
        capture_cell([], "while True: pass")
    monkeypatch.undo()
    assert capture_cell([], "2").value == "2"


def test_a_program_that_ends_the_process_is_reported_and_the_next_one_runs():
    assert capture_cell([], "1").value == "1"
    with pytest.raises(CaptureError, match="the API ended without an answer"):
        capture_cell([], "import os\nos._exit(3)")
    assert capture_cell([], "2").value == "2"


def test_a_program_cannot_read_the_questions_that_wait_for_the_process():
    result = capture_cell([], "input()")
    assert result.error
    assert result.error.type == "EOFError"
