"""The reference of the GraphQL schema, and the table of its limits."""

import pytest

from demo_api.catalog.graphql import limits
from hub.graphql_limits import limits_markdown
from hub.graphql_schema import schema_markdown
from hub.source import ROOT

SCHEMA = '''
directive @policy(who: String!, throttle: String!, perMinute: Int!) on FIELD_DEFINITION
"""Something | else."""
type Thing { name: String! other: Thing }
interface Problem { type: String! }
"""Gone."""
type NotFound implements Problem { type: String! since: Int }
union Answer = Thing | NotFound
enum Size { SMALL LARGE }
input Wish { size: Size = LARGE }
type Query {
  """One of them."""
  thing(wish: Wish): Thing @policy(who: "anyone", throttle: "read", perMinute: 1200)
}
type Mutation { make: Answer! }
'''


@pytest.fixture
def project(tmp_path):
    (tmp_path / "schema.graphql").write_text(SCHEMA, encoding="utf-8")
    return tmp_path


def test_each_part_of_a_schema_has_a_section_and_links_lead_there(project):
    text = schema_markdown("schema.graphql", project)
    for heading in ("### `thing` {#field-thing}", "### `make` {#field-make}", "### Thing {#thing}", "### Size {#size}"):
        assert heading in text
    assert "<dd>anyone</dd>" in text
    assert "1,200 a minute (read)" in text
    assert "[`Wish`](#wish)" in text
    assert "default `LARGE`" in text
    assert "One of [`Thing`](#thing), [`NotFound`](#notfound)." in text


def test_a_problem_shows_only_what_it_adds(project):
    section = schema_markdown("schema.graphql", project).split("### NotFound {#notfound}")[1].split("###")[0]
    assert "`since`" in section
    assert "`type`" not in section


def test_every_type_of_the_catalogue_has_one_section():
    text = schema_markdown("docs/reference/schema.graphql", ROOT)
    anchors = [line.split("{#")[1] for line in text.splitlines() if line.startswith("##")]
    assert len(anchors) == len(set(anchors)) > 40


def test_what_is_no_schema_is_said(tmp_path):
    (tmp_path / "schema.graphql").write_text("type Query {", encoding="utf-8")
    with pytest.raises(ValueError, match="is not a GraphQL schema"):
        schema_markdown("schema.graphql", tmp_path)


def test_the_limits_are_those_of_the_code(tmp_path):
    assert f"| Cost | {limits.COST:,} |" in limits_markdown("", tmp_path)
