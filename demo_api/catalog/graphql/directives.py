"""What the schema says of its fields besides their types. The numbers and permissions that the code goes by stand here.

They are printed in `docs/reference/schema.graphql`, so that what is documented is what is enforced.
"""

from typing import Any

import strawberry
from graphql import GraphQLField
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField


@strawberry.schema_directive(
    name="policy",
    locations=[Location.FIELD_DEFINITION],
    description="Who may ask for a field, and how often a minute, all fields of the same throttle together.",
)
class PolicyDirective:
    who: str
    throttle: str
    per_minute: int


@strawberry.schema_directive(
    name="listSize",
    locations=[Location.FIELD_DEFINITION],
    description=(
        "How many objects a list counts for in the cost of a request: the argument of `slicingArguments` that is "
        "given, otherwise `assumedSize`. In a connection the objects are those of `sizedFields`."
    ),
)
class ListSize:
    assumed_size: int
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET


def definition(field: GraphQLField) -> StrawberryField | None:
    """Strawberry's side of a field of the schema; None for the fields of introspection."""
    found: Any = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return found if isinstance(found, StrawberryField) else None


def list_size(field: GraphQLField) -> ListSize | None:
    """What the field's `@listSize` says."""
    return next((one for one in directives(field) if isinstance(one, ListSize)), None)


def policy(field: GraphQLField) -> PolicyDirective | None:
    """What the field's `@policy` says."""
    return next((one for one in directives(field) if isinstance(one, PolicyDirective)), None)


def directives(field: GraphQLField) -> list[Any]:
    found = definition(field)
    return list(found.directives) if found else []
