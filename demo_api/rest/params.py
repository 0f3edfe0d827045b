"""Query parameters as a serializer: read, range-checked and documented from one declaration."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from demo_api.nexus.problems import Problem, pointers

LONGEST = 1500  # characters of one value: a cursor with the longest name in it fits


class QueryParams(serializers.Serializer[Any]):
    """Subclass it with one field a parameter; `read(request)` gives the checked values.

    Raises Problem invalid-input that names each bad parameter: an unknown name, a name given twice, a value out of
    range.
    """

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        query = request.query_params
        known = [str(name) for name in cls().fields]
        errors = [
            {"parameter": name, "detail": f"Unknown. Known here: {', '.join(known) or 'none'}.", "code": "unknown"}
            for name in query
            if name not in known
        ]
        for name in known:
            values = query.getlist(name)
            if len(values) > 1:
                errors.append({"parameter": name, "detail": "Given more than once.", "code": "repeated"})
            elif values and len(values[0]) > LONGEST:
                errors.append({"parameter": name, "detail": "Too long.", "code": "max_length"})
        if errors:
            raise Problem("invalid-input", errors=[clean(error) for error in errors[:20]])
        params = cls(data={name: query[name] for name in known if name in query})
        if not params.is_valid():
            raise Problem(
                "invalid-input",
                errors=[
                    {"parameter": error["pointer"].lstrip("/"), "detail": error["detail"], "code": error["code"]}
                    for error in pointers(params.errors)
                ],
            )
        return dict(params.validated_data)


class NoParams(QueryParams):
    """For endpoints that take no query parameters."""


def clean(error: dict[str, str]) -> dict[str, str]:
    """The error with the caller's own text cut short and safe to print."""
    return error | {"parameter": error["parameter"][:60].encode("ascii", "backslashreplace").decode()}
