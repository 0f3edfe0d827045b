"""The schema: what can be asked, and what it answers with. `manage.py write_graphql_schema` writes it down."""

from collections.abc import Iterator
from functools import cached_property

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from demo_api.catalog.graphql import problems
from demo_api.catalog.graphql.mutations import Mutation
from demo_api.catalog.graphql.queries import Query
from demo_api.catalog.graphql.scalars import SCALARS


class Prepared(SchemaExtension):
    """Hands strawberry the document that `engine.py` has parsed and validated already."""

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context
        context.graphql_document = (context.operation_extensions or {}).get("document")
        context.validation_rules = ()
        yield


class CatalogueSchema(strawberry.Schema):
    """Strawberry's schema, which leaves errors to `engine.py`: there each is masked, and logged once."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing."""

    @cached_property
    def core(self) -> GraphQLSchema:
        """The schema as graphql-core knows it."""
        return self._schema


schema = CatalogueSchema(
    query=Query,
    mutation=Mutation,
    types=list(problems.TYPES.values()),
    extensions=[Prepared],
    config=StrawberryConfig(scalar_map=SCALARS),
)


def schema_text() -> str:
    """The schema in GraphQL's own language, as it is committed in `docs/reference/schema.graphql`."""
    return schema.as_str() + "\n"
