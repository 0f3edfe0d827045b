"""The `[[graphql-schema: path]]` directive: a static reference, one section for each part of a GraphQL schema.

What the reference says, the schema says: who may ask and how often is a directive in it (`@policy`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from graphql import (
    ConstDirectiveNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    print_ast,
    value_from_ast_untyped,
)

from hub.directives import DirectiveExtension
from hub.openapi import table

BUILT_IN = ("String", "Int", "Float", "Boolean", "ID")
GROUPS: tuple[tuple[str, str, type[Any]], ...] = (
    ("Objects", "objects", GraphQLObjectType),
    ("Answers of mutations", "answers", GraphQLUnionType),
    ("Inputs", "inputs", GraphQLInputObjectType),
    ("Enumerations", "enumerations", GraphQLEnumType),
    ("Scalars", "scalars", GraphQLScalarType),
)


def schema_markdown(argument: str, project: Path) -> str:
    """Return the reference as Markdown. Raises OSError without the file, ValueError when it is no schema."""
    try:
        schema = build_schema((project / argument).read_text(encoding="utf-8"))
    except GraphQLError as error:
        raise ValueError(f"{argument} is not a GraphQL schema: {error.message}") from error
    return "\n\n".join(sections(schema))


def sections(schema: GraphQLSchema) -> Iterator[str]:
    """Yield the Markdown of queries, mutations, and each kind of type."""
    for title, root in (("Queries", schema.query_type), ("Mutations", schema.mutation_type)):
        if root:
            yield f"## {title} {{#{title.lower()}}}"
            yield from (root_field(name, field) for name, field in root.fields.items())
    kinds = [kind for kind in schema.type_map.values() if not kind.name.startswith("__") and kind.name not in BUILT_IN]
    problem = schema.type_map.get("Problem")
    if isinstance(problem, GraphQLInterfaceType):
        yield "## Problems {#problems}"
        yield "Every problem has these members; what a type adds stands below it."
        yield members(problem)
        yield from (
            type_section(schema, kind, but=problem.fields)
            for kind in sorted(schema.get_possible_types(problem), key=lambda kind: kind.name)
        )
    for title, anchor, wanted in GROUPS:
        yield f"## {title} {{#{anchor}}}"
        yield from (
            type_section(schema, kind) for kind in kinds if isinstance(kind, wanted) and not is_elsewhere(schema, kind)
        )


def is_elsewhere(schema: GraphQLSchema, kind: GraphQLNamedType) -> bool:
    """Whether a type has no section among its kind: the roots, and the problems."""
    return kind in (schema.query_type, schema.mutation_type) or bool(getattr(kind, "interfaces", ()))


# Fields of the roots ----------------------------------------------------------------------------------------------


def root_field(name: str, field: GraphQLField) -> str:
    """Return the section of a query or a mutation."""
    rows = [(f"`{key}`", kind_words(argument), argument.description or "") for key, argument in field.args.items()]
    parts = [
        f"### `{name}` {{#field-{name.lower()}}}",
        f'<p class="nx-operation"><code>{escape(str(field.type))}</code></p>',
        field.description or "",
        facts(field),
        table("Arguments", ("Name", "Type", "Meaning"), rows),
        f"Gives {linked(field.type)}.",
    ]
    return "\n\n".join(part for part in parts if part)


def facts(field: GraphQLField) -> str:
    """Return who may ask and how often, as a definition list."""
    policy = directive(field, "policy")
    if not policy:
        return ""
    said = [("Who may ask", policy["who"]), ("How often", f"{policy['perMinute']:,} a minute ({policy['throttle']})")]
    items = "".join(f"<div><dt>{name}</dt><dd>{escape(str(value))}</dd></div>" for name, value in said)
    return f'<dl class="nx-facts">{items}</dl>'


def directive(field: GraphQLField, name: str) -> Mapping[str, Any]:
    """Return the arguments of a directive at a field; empty without it."""
    nodes: tuple[ConstDirectiveNode, ...] = tuple((field.ast_node.directives or ()) if field.ast_node else ())
    for node in nodes:
        if node.name.value == name:
            return {one.name.value: value_from_ast_untyped(one.value) for one in node.arguments or ()}
    return {}


# Types ------------------------------------------------------------------------------------------------------------


def type_section(schema: GraphQLSchema, kind: GraphQLNamedType, but: Mapping[str, Any] | None = None) -> str:
    """Return the section of a type, without the members named in `but`."""
    parts = [f"### {kind.name} {{#{kind.name.lower()}}}", kind.description or "", members(kind, but or {})]
    return "\n\n".join(part for part in parts if part)


def members(kind: GraphQLNamedType, but: Mapping[str, Any] | None = None) -> str:
    """Return the table of what a type holds."""
    if isinstance(kind, GraphQLUnionType):
        return "One of " + ", ".join(linked(one) for one in kind.types) + "."
    if isinstance(kind, GraphQLEnumType):
        return table(
            "", ("Value", "Meaning"), [(f"`{name}`", one.description or "") for name, one in kind.values.items()]
        )
    if isinstance(kind, GraphQLInputObjectType):
        rows = [(f"`{name}`", kind_words(one), one.description or "") for name, one in kind.fields.items()]
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        rows = [
            (f"`{name}`", linked(one.type), one.description or "")
            for name, one in kind.fields.items()
            if name not in (but or {})
        ]
    else:
        return ""
    return table("", ("Field", "Type", "Meaning"), rows)


def kind_words(value: GraphQLArgument | GraphQLInputField) -> str:
    """Return a type as a link, and its default where that says something."""
    node = value.ast_node.default_value if value.ast_node else None
    default = print_ast(node) if node else "null"
    return linked(value.type) + (f"<br>default `{default}`" if default != "null" else "")


def linked(kind: Any) -> str:
    """Return a type as code; its name leads to its section, where it has one."""
    name = get_named_type(kind).name
    text = f"`{kind}`"
    return text if name in BUILT_IN else f"[{text}](#{name.lower()})"


def makeExtension(**_: Any) -> DirectiveExtension:
    """Return the extension; Python-Markdown calls this by name."""
    return DirectiveExtension("graphql-schema", schema_markdown)
