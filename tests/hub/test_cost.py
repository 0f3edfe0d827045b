"""What running the blocks costs is measured by builds that differ in nothing else, and held to its limit."""

import pytest

from hub import cost
from hub.cost import Cost
from tests.hub.conftest import Handbook


def test_without_running_a_wrong_block_is_shown_and_not_found(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n```http\nGET /api/v1/products/nothing/\n```\n\n```json\n{\n```\n")
    assert len(handbook.build()) == 2
    assert handbook.build(run_blocks=False) == []
    assert "GET" in handbook.html("index.html")
    assert len(handbook.build()) == 2, "and the next build runs them again"


@pytest.mark.parametrize(("times", "code"), [([1.0, 9.0, 2.0], 0), ([1.0, 2.1, 9.0], 1)])
def test_the_middle_ratio_is_held_to_the_limit(monkeypatch, capsys, times: list[float], code: int):
    full = iter(times)
    monkeypatch.setattr(cost, "cost_of", lambda *options: Cost(1.0, 1.0) if options else Cost(next(full), 1.0))
    assert cost.main([]) == code
    assert f"{sorted(times)[1]:.2f} times" in capsys.readouterr().out
