"""The `python` fence: a program in the page, run beside the real API while the page is built.

The programs of a page run from top to bottom. They share their names and a database that starts as `manage.py seed`
leaves it. Options stand in braces after the word `python`:

- `raises`: the exception that the program must end with, such as `{raises=ValueError}`; none by default.

An exception that was not expected, or an expected one that did not come, is logged as a warning with file and line,
which fails a strict build, and shown in the page in its place. `docs/assets/js/cells.js` makes the programs editable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.blocks.block import Block, BlockError, Treatment
from hub.blocks.render_cell import render_cell
from hub.capture import CellResult, capture_cell


def render(block: Block) -> str:
    """Return the HTML of the program and what it did."""
    raises = expected_error(block.options)
    earlier = [other.source for other in block.record.earlier(block.language)]
    result = capture_cell(earlier, block.source)
    check_error(raises, result)
    return render_cell(block.record.name, len(earlier) + 1, block.source, result)


def expected_error(options: Mapping[str, str]) -> str:
    """Return the exception that the program must end with, "" for none. Raises BlockError."""
    raises = options.get("raises", "")
    if "raises" in options and not re.fullmatch(r"[A-Za-z_]\w*", raises):
        raise BlockError(f"raises={raises} is not the name of an exception; write one such as raises=ValueError")
    return raises


def check_error(raises: str, result: CellResult) -> None:
    """Raise BlockError, with the line of the program, when it did not end as the fence says."""
    error = result.error
    if (error.type if error else "") == raises:
        return
    said = f"the program raised {error.type}: {error.message[:400]}" if error else "the program raised nothing"
    expected = f"expected {raises}, " if raises else ""
    raise BlockError(f"{expected}{said}", error.line if error else 0)


TREATMENT = Treatment("run beside the API", render, {"raises": "ValueError"})
