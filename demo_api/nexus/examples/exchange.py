"""One exchange of the documentation: a request as data. Its answer is recorded (`recorder.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CURRENT = "the ETag of the representation as it is now"  # in `headers`: the recorder reads it and sends it
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
STAFF, CUSTOMER = "demo-staff", "demo"


@dataclass(frozen=True)
class Exchange:
    """A request, and the status it must be answered with. Each begins on the freshly seeded catalogue.

    `name` says what it shows, and is unique within its operation. `request` is the method and the path. `by` is the
    account that asks. `given` names a situation of `situations.py`, or several joined by " and ", whose values
    fill the placeholders of the path. A body is JSON (`body`), or a text that is sent as it stands, as JSON or as
    `csv`, or a picture of the seed, as the form field `image`.
    With `repeated`, the request is sent until the status comes.
    """

    operation: str
    name: str
    request: str
    status: int
    by: str = ""
    body: Any = None
    text: str = ""
    csv: str = ""
    picture: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    given: str = ""
    repeated: bool = False


MATCH = {"If-Match": CURRENT}
STALE = {"If-Match": '"00000000000000000000000000000000"'}
