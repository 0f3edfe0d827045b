"""Cells that a spreadsheet would run: exports put an apostrophe before them, and imports take it off again.

https://owasp.org/www-community/attacks/CSV_Injection
"""

import re

RISKY = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")  # the last four: full-width = + - @
GUARDED = re.compile(r"'" + RISKY.pattern)


def guarded(cell: str) -> str:
    """The cell as an export writes it. A cell that looks guarded already gets one more, so that nothing is lost."""
    return "'" + cell if RISKY.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if GUARDED.match(cell) else cell
