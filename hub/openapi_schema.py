"""Reading an OpenAPI 3.1 document: references, and schemas in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
Schema = Mapping[str, Any]

MAX_DEPTH = 3
"""How deep the members of members are listed; deeper ones are shown by the examples."""


@dataclass(frozen=True)
class Field:
    """One member of a JSON body: `name` is dotted for members of members."""

    name: str
    schema: Schema
    required: bool


def resolve(document: Document, node: Any) -> Any:
    """Return the node, or what its `$ref` points to inside the document. Raises ValueError for a broken reference."""
    while isinstance(node, Mapping) and "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if name not in target:
                raise ValueError(f"{node['$ref']} points to nothing in the OpenAPI document")
            target = target[name]
        beside = {key: value for key, value in node.items() if key != "$ref"}
        node = {**target, **beside}
    if isinstance(node, Mapping) and len(node.get("allOf", ())) == 1:
        beside = {key: value for key, value in node.items() if key != "allOf"}
        return {**resolve(document, node["allOf"][0]), **beside}
    return node


def type_words(document: Document, schema: Any) -> str:
    """Return the type in words: `string (uuid)`, `list of integer`, `one of a, b`, `string or null`."""
    schema = resolve(document, schema)
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(type_words(document, option) for option in schema[key]))
    kinds = schema.get("type", "any value")
    names = kinds if isinstance(kinds, list) else [kinds]
    return " or ".join(_type_word(document, schema, name) for name in names)


def _type_word(document: Document, schema: Schema, name: str) -> str:
    if name == "array":
        return f"list of {type_words(document, schema.get('items', {}))}"
    if name == "string" and "format" in schema:
        return f"string ({schema['format']})"
    return name


def range_words(document: Document, schema: Any) -> str:
    """Return the limits in words: `1 to 100`, `at most 200 characters`; empty when there are none."""
    schema = resolve(document, schema)
    words = [
        _between(schema.get("minimum"), schema.get("maximum"), ""),
        _between(schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum"), "", "more than", "less than"),
        "" if "enum" in schema else length_words(schema),
        _between(schema.get("minItems"), schema.get("maxItems"), " items"),
        f"pattern `{schema['pattern']}`" if "pattern" in schema else "",
        f"default `{schema['default']}`" if schema.get("default") is not None else "",
        "read only" if schema.get("readOnly") else "",
        "write only" if schema.get("writeOnly") else "",
    ]
    return ", ".join(word for word in words if word)


def length_words(schema: Schema) -> str:
    """Return the limits of a string's length; one that may not be empty, and no more, goes without saying."""
    least, most = schema.get("minLength"), schema.get("maxLength")
    return _between(None if (least, most) == (1, None) else least, most, " characters")


def _between(least: Any, most: Any, unit: str, above: str = "at least", below: str = "at most") -> str:
    if least is None and most is None:
        return ""
    if least is None:
        return f"{below} {most}{unit}"
    if most is None:
        return f"{above} {least}{unit}"
    return f"{least} to {most}{unit}" if above == "at least" else f"{above} {least} and {below} {most}"


def fields(document: Document, schema: Any, prefix: str = "", depth: int = 1) -> Iterator[Field]:
    """Yield the members of an object schema, each followed by its own members, as the document orders them."""
    schema = resolve(document, schema)
    required = set(schema.get("required", ()))
    for name, member in schema.get("properties", {}).items():
        settled = resolve(document, member)
        yield Field(prefix + name, settled, name in required)
        if depth < MAX_DEPTH:
            inner, mark = (settled.get("items", {}), "[].") if settled.get("type") == "array" else (settled, ".")
            yield from fields(document, inner, f"{prefix}{name}{mark}", depth + 1)
