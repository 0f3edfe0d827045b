"""When two answers that were made at different times, with true chance, say the same.

Text is equal to the letter, but for values that a run makes itself. Such a value of one side stands for one and the
same value of the other side throughout a scenario: the second time a token comes, it must be its partner that comes.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

# The kinds of values a run makes. Ids stand in SQL without their dashes, in cursors in a signed and packed form.
MADE = re.compile(
    r"(?P<id>\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b)"  # also ETags and request ids
    r"|(?P<secret>\b(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{15})\b)"  # a token, its digest, and its key
    r"|(?P<salt>(?<=demo\$)\w+)"
    r"|(?P<cursor>(?<=cursor=)[\w%:.-]+)"
    r"|(?P<savepoint>\bs\d+_x\d+\b)"
    r"|(?P<seconds>(?<=available in )\d+ seconds?)"
    r"|(?P<date>\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT)"
    r"|(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?)"
)
RUN = timedelta(hours=11)  # a token made now ends in ten


class Pairs:
    """Which value of the first side stands for which of the second, in one scenario."""

    def __init__(self) -> None:
        self.partners: dict[str, str] = {}
        self.taken: dict[str, str] = {}

    def same(self, one: Any, other: Any) -> bool:
        """Whether two fields, or parts of them, say the same."""
        if isinstance(one, bytes) and isinstance(other, bytes):
            one, other = (data.decode("utf-8", "backslashreplace") for data in (one, other))
        if isinstance(one, list) and isinstance(other, list):
            return len(one) == len(other) and all(map(self.same, one, other))
        if isinstance(one, str) and isinstance(other, str):
            return self.same_text(one, other)
        return bool(one == other)

    def same_text(self, one: str, other: str) -> bool:
        values = [list(MADE.finditer(text)) for text in (one, other)]
        if MADE.sub("…", one) != MADE.sub("…", other) or len(values[0]) != len(values[1]):
            return False
        return all(
            mine.lastgroup == yours.lastgroup and self.meet(str(mine.lastgroup), mine.group(), yours.group())
            for mine, yours in zip(*values, strict=True)
        )

    def meet(self, kind: str, one: str, other: str) -> bool:
        """Whether these two stand for each other; from now on they do."""
        if kind == "seconds":
            return True
        if kind in ("date", "time"):
            return one == other or (is_of_this_run(one) and is_of_this_run(other))
        if kind == "id":
            one, other = one.replace("-", ""), other.replace("-", "")
        return self.partners.setdefault(one, other) == other and self.taken.setdefault(other, one) == one


def is_of_this_run(moment: str) -> bool:
    at = parsedate_to_datetime(moment) if moment.endswith("GMT") else datetime.fromisoformat(moment)
    return abs(at.replace(tzinfo=UTC) - datetime.now(UTC)) < RUN
