"""The `python` fence: a program in the page, run beside the real API while the page is built.

The programs of a page run from top to bottom. They share their names and a database that starts as `manage.py seed`
leaves it. Options stand in braces after the word `python`:

- `raises`: the exception that the program must end with, such as `{raises=ValueError}`; none by default.
- `engine`: `postgresql` for a program that needs it. It runs there after all programs above it, and the page shows the
  dated recording (`hub/blocks/recordings.py`). The programs below do not see what it did.
- `volatile`: a regular expression of what may change in its output from run to run.
- `differs`: why the page's own Python gives something else, such as `{differs="no threads in a page"}`. The page says
  so. A test compares all other programs in both Pythons (`tests/docs/test_page_python.py`).

An exception that was not expected, or an expected one that did not come, is logged as a warning with file and line,
which fails a strict build, and shown in the page in its place. `docs/assets/js/cells.js` makes the programs editable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.blocks.block import Block, BlockError, Given, Treatment
from hub.blocks.engine import OPTIONS, engine_of, volatile_of
from hub.blocks.recordings import recall
from hub.blocks.render_cell import render_cell
from hub.capture import CellResult, capture_cell, cell_question, cell_result


def render(block: Block) -> str:
    """Return the HTML of the program and what it did."""
    raises, engine, volatile = expected_error(block.options), engine_of(block.options), volatile_of(block.options)
    differs = difference(block.options)
    above = block.record.earlier(block.language)
    here = [other.source for other in above if not engine_of(other.options)]
    number = len(here) + 1
    if engine:
        question = cell_question([other.source for other in above], block.source)
        recording = recall(block, engine, question, volatile, lambda given: check_error(raises, cell_result(given)))
        result, origin, number = cell_result(recording.answer), recording.origin, len(above) + 1
    else:
        result, origin = capture_cell(here, block.source), ""
        check_error(raises, result)
    block.record.given[block] = Given(given_text(result), volatile)
    return render_cell(block.record.name, number, block.source, result, origin=origin, differs=differs)


def given_text(result: CellResult) -> str:
    """Return what the program printed, the value of its last line and what it ended with, as one text."""
    error = result.error.traceback.strip().rpartition("\n")[2] if result.error else ""
    printed = result.output.removesuffix("\n")
    return "\n".join(part for part in (printed, result.value, error) if part)


def difference(options: Mapping[str, str]) -> str:
    """Return why the page's Python gives something else, "" when it does not. Raises BlockError for no reason."""
    differs = str(options.get("differs", "")).strip()
    if "differs" in options and len(differs.split()) < 2:
        raise BlockError('differs needs a reason, which the page prints: {differs="no threads in a page"}')
    if differs and "engine" in options:
        raise BlockError("differs and engine exclude each other: what needs an engine does not run in the page")
    return differs


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


TREATMENT = Treatment(
    "run beside the API", render, {"raises": "ValueError", **OPTIONS, "differs": '"no threads in a page"'}
)
