"""Blocks of data and of what browsers read: good ones are shown, broken ones are named with file and line."""

import pytest

from hub.blocks import TREATMENTS
from hub.blocks.block import Block, BlockError, PageRecord
from hub.blocks.dockerfile import HADOLINT
from hub.settings import known_settings
from tests.hub.conftest import Handbook

needs_hadolint = pytest.mark.skipif(not HADOLINT.is_file(), reason="hadolint has no build for this system")
WORKFLOW = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo
  deploy:
    runs-on: ubuntu-latest
    needs: [build]
    steps:
      - uses: actions/checkout@v5
"""
COMPOSE = """\
services:
  db:
    image: postgres:17
    volumes: ["data:/var/lib/postgresql/data", "./here:/there"]
  web:
    build: .
    depends_on:
      db: { condition: service_healthy }
volumes:
  data:
"""
DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.13
FROM python:${VERSION}-slim AS build
RUN --mount=type=cache,target=/root/.cache pip install --no-cache-dir \\
    # a comment in between
    django==5.2.19
RUN <<EOF
anything at all
EOF
FROM build
COPY --from=build /a /b
CMD ["python", "-m", "http.server"]
"""
PAGE = """\
<!doctype html>
<!-- a comment </p> -->
<ul><li>One<li>Two</ul>
<img src="a.png" alt="A"><br/>
<p hidden>Text</p>
"""
STYLES = """\
@import url("a.css");
/* } */
a::before { content: "}"; background: url(data:image/png;base64,AA==) }
@media (width > 30em) { a:hover, b { color: red; --x: 1 } }
"""
GOOD = {
    "json": ['{"a": [1, "x", null], "b": {"a": 2}}', "[]"],
    "yaml": ["a: 1\nb: &x [1]\nc: *x\n", "a: 1\n---\nb: 2\n", WORKFLOW, COMPOSE],
    "toml": ["[a]\nb = 1979-05-27\n"],
    "ini": ["# why\nPOSTGRES_HOST=db\n\nexport POSTGRES_DB='a b'\nPOSTGRES_USER=\n"],
    "dockerfile": [DOCKERFILE],
    "js": ["export const a = await fetch(`/x`);\n", "import x from './nowhere.js';\n"],
    "html": [PAGE],
    "css": [STYLES],
}
BROKEN = [
    ("json", '{\n  "a": 1,\n}', 3, "this is no JSON"),
    ("json", '{\n  "a": 1,\n  "a": 2\n}', 3, "'a' stands twice"),
    ("json", "[NaN]", 0, "NaN is no number"),
    ("json", "", 1, "this is no JSON"),
    ("yaml", "a: 1\nb: [1\nc: 2\n", 3, "this is no YAML"),
    ("yaml", "a: 1\nb: 2\na: 3\n", 3, "'a' stands twice"),
    ("yaml", "a: !!python/name:os.system\n", 1, "this is no YAML"),
    ("yaml", WORKFLOW.replace("[build]", "[elsewhere]"), 7, "needs 'elsewhere'"),
    ("yaml", WORKFLOW.replace("- run: echo", "- name: echo"), 3, "step 1 of the job 'build'"),
    ("yaml", "on: push\njobs:\n  a:\n    steps: [run: x]\n", 3, "no `runs-on`"),
    ("yaml", COMPOSE.replace("db: {", "bd: {"), 5, "depends on 'bd'"),
    ("yaml", COMPOSE.replace("build: .", "ports: []"), 5, "neither `image` nor `build`"),
    ("yaml", COMPOSE.replace("  data:\n", "  date:\n"), 4, "volume 'data' is not declared"),
    ("toml", "[a]\nb = \n", 2, "this is no TOML"),
    ("toml", "a = 1\na = 2\n", 2, "this is no TOML"),
    ("ini", "POSTGRES_DB=x\nPOSTGRES_ELSEWHERE=db\n", 2, "POSTGRES_ELSEWHERE is no setting of the project"),
    ("ini", "[section]\nPOSTGRES_DB=x\n", 1, "is no line of an .env file"),
    ("ini", "POSTGRES_DB=x\n\nPOSTGRES_DB=y\n", 3, "is set twice"),
    ("dockerfile", "FROM a:1\nWALK x\n", 2, "WALK is no instruction"),
    ("dockerfile", "RUN x\nFROM a:1\n", 1, "before the first FROM"),
    ("dockerfile", "FROM python\n", 1, "name a tag"),
    pytest.param("dockerfile", "FROM a:1\n\nRUN cd /x && ls $Y\n", 3, "DL3003: Use WORKDIR", marks=needs_hadolint),
    pytest.param("dockerfile", 'FROM a:1\nRUN echo "$(ls *.txt"\n', 2, "SC1", marks=needs_hadolint),
    ("dockerfile", "FROM a:1\nRUN a \\\n  b\nCMD ['x']\n", 4, "must be JSON"),
    ("dockerfile", "FROM a:1\nCOPY --from=elsewhere /a /b\n", 2, "no stage 'elsewhere'"),
    ("dockerfile", "FROM a:1\nRUN <<EOF\nx\n", 2, "no line EOF"),
    ("dockerfile", "# nothing\n", 0, "needs a FROM"),
    ("js", "const a = 1;\nconst a = 2;\n", 2, "SyntaxError"),
    ("js", "function f() {\n  return (;\n}\n", 2, "SyntaxError"),
    ("html", "<div>\n<p>x</div>\n</section>\n", 3, "</section> closes nothing"),
    ("html", "<div>\n<span>x\n</div>\n", 3, "<span> is open"),
    ("html", "<p>x</p>\n<main>\n", 2, "<main> is not closed"),
    ("css", "a {\n  color: red;\n", 1, "{ is not closed"),
    ("css", "a { color: red }\n}\n", 2, "} closes nothing"),
    ("css", "a {\n  color: red;\n  width 3px;\n}\n", 3, "is no declaration"),
    ("css", "/* a\n", 1, "is not closed"),
]


def treat(language: str, source: str) -> str:
    return TREATMENTS[language].render(Block(language, source, {}, PageRecord(None)))


@pytest.mark.parametrize(("language", "source"), [(name, text) for name, texts in GOOD.items() for text in texts])
def test_a_good_block_is_shown(language, source):
    assert '<div class="highlight">' in treat(language, source)


@pytest.mark.parametrize(("language", "source", "line", "says"), BROKEN)
def test_a_broken_block_is_refused_with_the_line_inside_it(language, source, line, says):
    with pytest.raises(BlockError) as refusal:
        treat(language, source)
    assert says in str(refusal.value)
    assert refusal.value.line == line


@needs_hadolint
def test_a_rule_of_hadolint_is_excused_by_name():
    assert "apt-get" in treat("dockerfile", "FROM a:1\n# hadolint ignore=DL3003\nRUN cd /x && apt-get check\n")


def test_the_build_names_the_line_of_the_file(handbook: Handbook):
    handbook.page("index.md", '# Home\n\nText.\n\n=== "One"\n\n    ```json\n    {\n      "a": 1,\n    }\n    ```\n')
    (found,) = handbook.build()
    assert found.startswith("docs/index.md:10: this is no JSON")
    assert "docs/index.md:10" in handbook.html("index.html")


def test_a_broken_block_may_be_shown_for_a_reason(handbook: Handbook):
    handbook.page("index.md", '# Home\n\n```json {not-run="the comma is what this is about"}\n[1,]\n```\n')
    assert handbook.build() == []
    assert "the comma is what this is about" in handbook.html("index.html")


def test_what_has_no_treatment_is_an_error(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n```mermaid\ngraph LR\n```\n\n```text\nls\n```\n\n```json {lines=2}\n1\n```\n")
    found = handbook.build()
    assert [text.split(": ")[0] for text in found] == ["docs/index.md:3", "docs/index.md:7", "docs/index.md:11"]
    assert "unknown option 'lines'; a block in json takes not-run" in found[2]


def test_the_settings_are_those_of_the_example():
    assert {"POSTGRES_HOST", "CORS_ALLOWED_ORIGINS", "SITE_URL"} <= known_settings()
