"""What a document may ask for at most, found before anything of it runs. All numbers stand here.

The cost of a document is the most values that its answer can hold, by this rule:

- A field counts 1 for each object that it is asked of.
- What stands inside a list is asked of as many objects as `@listSize` says: the number that `first` or `last` give,
  otherwise the assumed size.
- A field of Mutation counts WRITE besides.
- `@skip` and `@include` change nothing, and a fragment counts wherever it is spread.
- Introspection is not counted: it reads no rows, and has limits of its own (`INTROSPECTION_DEPTH`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    Lexer,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    ValidationRule,
    VariableNode,
    get_named_type,
)

from demo_api.catalog.graphql.directives import list_size

TOKENS = 500  # names, signs and values of the document: validating takes the square of it
BRACKETS = 32  # levels of brackets, of whatever kind: what the parser's stack must hold
DEPTH = 12  # levels of fields
ALIASES = 15  # fields under another name
COST = 10_000  # values in the answer
WRITE = 100  # what a field of Mutation counts besides
PAGE, LARGEST_PAGE = 20, 100  # objects of a connection: without `first` or `last`, and the most
INTROSPECTION_DEPTH = 2  # such as `fields` within `fields`: graphql-core's own rule
OPENING, CLOSING = (
    {TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L},
    {TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R},
)


class OverLimit(GraphQLError):
    """A document that goes over a limit. It carries what was found and what is the most."""

    def __init__(self, name: str, found: int, most: int) -> None:
        self.name = name
        super().__init__(f"The document's {name} is {found:,}, and {most:,} is the most.")


@dataclass(frozen=True)
class Measure:
    """What was found in a document, or in a part of it."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0
    writes: int = 0  # fields of Mutation

    def beside(self, other: "Measure") -> "Measure":
        """Both, side by side in one selection."""
        return Measure(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.cost + other.cost,
            self.writes + other.writes,
        )


MOST = {"tokens": TOKENS, "depth": DEPTH, "aliases": ALIASES, "cost": COST}


def report(tokens: int, measure: Measure | None) -> dict[str, dict[str, int]]:
    """What `extensions.limits` says: for each limit what was found, as far as it was looked for, and the most."""
    found = {"tokens": tokens}
    if measure:
        found |= {"depth": measure.depth, "aliases": measure.aliases, "cost": measure.cost}
    return {name: {"found": value, "most": MOST[name]} for name, value in found.items()}


# Before it is parsed ----------------------------------------------------------------------------------------------


def count_tokens(text: str) -> int:
    """How many tokens a document has. Nothing here recurses, so no depth of brackets can exhaust the stack.

    Raises GraphQLSyntaxError for what is no token, OverLimit past TOKENS or BRACKETS, and GraphQLError for text that no
    database column can hold.
    """
    lexer = Lexer(Source(text))
    tokens = level = 0
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        tokens += 1
        if tokens > TOKENS:
            raise OverLimit("tokens", tokens, TOKENS)
        level += (token.kind in OPENING) - (token.kind in CLOSING)
        if level > BRACKETS:
            raise OverLimit("brackets", level, BRACKETS)
        if token.kind in (TokenKind.STRING, TokenKind.BLOCK_STRING) and not is_storable(token.value or ""):
            raise GraphQLError("Text may hold neither the NUL character nor a lone surrogate.")
    return tokens


def is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


# After it was validated -------------------------------------------------------------------------------------------


def measured(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Measure:
    """What one operation of a valid document asks for, with these coerced variables."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    root = schema.get_root_type(operation.operation)
    assert root is not None  # noqa: S101  # it was validated
    return Meter(schema, fragments, variables).selections(operation.selection_set, root, page=1)


def check(measure: Measure) -> None:
    """Raises OverLimit for the first limit that is passed."""
    for name, most in (("depth", DEPTH), ("aliases", ALIASES), ("cost", COST)):
        found = getattr(measure, name)
        if found > most:
            raise OverLimit(name, found, most)


@dataclass
class Meter:
    """Measures selections. Each fragment is measured once: spread a thousand times, it still takes one look."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    known: dict[tuple[str, int], Measure] = field(default_factory=dict)

    def selections(self, selected: SelectionSetNode, parent: GraphQLNamedType, page: int) -> Measure:
        """A selection, asked of one object of type `parent`; `page` is the size of the connection, where it is one."""
        total = Measure()
        for node in selected.selections:
            if isinstance(node, FieldNode):
                total = total.beside(self.field(node, parent, page))
            elif isinstance(node, FragmentSpreadNode):
                total = total.beside(self.fragment(node.name.value, page))
            else:  # an inline fragment, with or without a type
                condition = getattr(node, "type_condition", None)
                inner = self.schema.type_map[condition.name.value] if condition else parent
                total = total.beside(self.selections(node.selection_set, inner, page))  # type: ignore[attr-defined]
        return total

    def fragment(self, name: str, page: int) -> Measure:
        if (name, page) not in self.known:
            node = self.fragments[name]
            inner = self.schema.type_map[node.type_condition.name.value]
            self.known[name, page] = self.selections(node.selection_set, inner, page)
        return self.known[name, page]

    def field(self, node: FieldNode, parent: GraphQLNamedType, page: int) -> Measure:
        name = node.name.value
        aliases = int(node.alias is not None)
        if name.startswith("__"):
            return Measure(1, aliases, int(name == "__typename"))
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)  # noqa: S101  # it was validated
        known = parent.fields[name]
        writes = int(parent is self.schema.mutation_type)
        own = Measure(1, aliases, 1 + WRITE * writes, writes)
        if node.selection_set is None:
            return own
        times, inner_page = self.sizes(node, known, page)
        inner = self.selections(node.selection_set, get_named_type(known.type), inner_page)
        return Measure(1 + inner.depth, aliases + inner.aliases, own.cost + times * inner.cost, writes)

    def sizes(self, node: FieldNode, known: GraphQLField, page: int) -> tuple[int, int]:
        """Of how many objects the selection of a field is asked, and the page that a connection in it has."""
        size = list_size(known)
        if size is None:
            return (page if node.name.value == "edges" else 1), 1
        asked = self.asked_size(node, size.slicing_arguments or ()) or size.assumed_size
        return (1, asked) if size.sized_fields else (asked, 1)

    def asked_size(self, node: FieldNode, names: Iterable[str]) -> int:
        """The number that the first of these arguments gives; 0 when none is given."""
        for argument in node.arguments or ():
            if argument.name.value in names:
                value = argument.value
                number = self.variables.get(value.name.value) if isinstance(value, VariableNode) else None
                if isinstance(value, IntValueNode):
                    number = int(value.value)
                if number is not None:
                    return max(0, int(number))
        return 0


class NoAliasesInIntrospection(ValidationRule):
    """Forbids aliases for `__schema`, `__type` and what is in them: a short document could read the schema often."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self.context.get_parent_type()
        inside = parent is not None and parent.name.startswith("__")
        if node.alias is not None and (inside or node.name.value in ("__schema", "__type")):
            self.report_error(GraphQLError("Fields of introspection take no alias.", node))
