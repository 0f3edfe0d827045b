"""Serializer pieces that every resource uses."""

from datetime import UTC
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses members it does not know: a misspelt `prize` is an error, not a price that silently stays as it was.

    `read_only_members` are those the representation has beyond the writable fields. They may be sent back, so that
    what GET gave can be changed and PUT, and are ignored.
    """

    read_only_members: frozenset[str] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields and name not in self.read_only_members]
            if unknown:
                raise serializers.ValidationError(
                    {
                        name[:60]: [ErrorDetail(f"Unknown. Known here: {', '.join(self.fields)}.", "unknown")]
                        for name in unknown[:20]
                    }
                )
        return super().to_internal_value(data)


class MomentField(serializers.DateTimeField):
    """A time, written as RFC 3339 in UTC. REST framework's own field asks for the current time zone at each value."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)
