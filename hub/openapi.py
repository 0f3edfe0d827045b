"""The `[[openapi: path]]` directive: a static reference, one section for each operation of an OpenAPI document.

Sections carry the operation's id as their anchor and need no JavaScript. What the reference says, the document says:
who may call (`x-who`), how often (`x-throttle`) and how large (`x-limits`) are extensions it carries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import yaml

from hub.directives import DirectiveExtension
from hub.openapi_schema import Document, fields, range_words, resolve, type_words

Recording = Mapping[str, Sequence[Mapping[str, Any]]]  # operation id to exchanges
METHODS = ("get", "post", "put", "patch", "delete")
REFUSALS = "refusals.json"  # beside the document: recorded answers that it does not carry itself
PLACES = ("path", "query", "header", "cookie")


def openapi_markdown(argument: str, project: Path) -> str:
    """Return the reference as Markdown. Raises OSError without the file, ValueError when it is not OpenAPI."""
    path = project / argument
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{argument} is not an OpenAPI document: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or "paths" not in document:
        raise ValueError(f"{argument} is not an OpenAPI document: it has no `paths`")
    refusals = path.with_name(REFUSALS)
    recorded = json.loads(refusals.read_text(encoding="utf-8")) if refusals.is_file() else {}
    return "\n\n".join(sections(document, recorded))


def sections(document: Document, refusals: Recording) -> Iterator[str]:
    """Yield the Markdown of each tag, followed by its operations."""
    described = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    grouped: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {name: [] for name in described}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                tag = item[method].get("tags", ["other"])[0]
                grouped.setdefault(tag, []).append((method, path, _with_shared_parameters(item, method)))
    for tag, operations in grouped.items():
        if operations:
            yield f"## {tag.capitalize()} {{#{tag}}}\n\n{described.get(tag, '')}"
            for method, path, operation in operations:
                yield operation_markdown(document, refusals, method, path, operation)


def _with_shared_parameters(item: Mapping[str, Any], method: str) -> Mapping[str, Any]:
    shared = item.get("parameters", [])
    return {**item[method], "parameters": [*shared, *item[method].get("parameters", [])]}


def operation_markdown(
    document: Document, refusals: Recording, method: str, path: str, operation: Mapping[str, Any]
) -> str:
    """Return the section of one operation."""
    anchor = operation.get("operationId", f"{method}-{path}")
    title = operation.get("summary") or anchor
    parts = [
        f"### {title} {{#{anchor}}}",
        f'<p class="nx-operation"><span class="nx-verb">{method.upper()}</span> <code>{escape(path)}</code></p>',
        operation.get("description", ""),
        facts_markdown(operation),
        parameters_markdown(document, operation),
        request_markdown(document, operation),
        *responses_markdown(document, operation),
        errors_markdown(document, operation, refusals.get(anchor, ())),
    ]
    return "\n\n".join(part for part in parts if part)


# The parts of a section -------------------------------------------------------------------------------------------


def facts_markdown(operation: Mapping[str, Any]) -> str:
    """Return who may call, how often and how large, as a definition list."""
    facts = [
        ("Who may call it", operation.get("x-who", "")),
        ("How often", throttle_words(operation.get("x-throttle", {}))),
        ("Largest body", size_words(operation.get("x-limits", {}))),
    ]
    items = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts if value)
    return f'<dl class="nx-facts">{items}</dl>' if items else ""


def throttle_words(throttle: Mapping[str, Any]) -> str:
    """Return `1,200 requests a minute`, or nothing when the document does not say."""
    rate = throttle.get("requests-per-minute")
    return f"{rate:,} requests a minute" if rate else ""


def size_words(limits: Mapping[str, Any]) -> str:
    """Return the largest body in KiB or MiB; `none is read` for zero; nothing when the document does not say."""
    size = limits.get("body-bytes")
    if size is None:
        return ""
    if size == 0:
        return "none is read"
    return f"{size / 1024**2:.3g} MiB" if size >= 1024**2 else f"{size / 1024:.3g} KiB"


def parameters_markdown(document: Document, operation: Mapping[str, Any]) -> str:
    """Return the table of parameters with their ranges: those of the path first, then query, then headers."""
    parameters = [resolve(document, node) for node in operation.get("parameters", ())]
    rows = []
    for parameter in sorted(parameters, key=lambda parameter: PLACES.index(parameter["in"])):
        schema = parameter.get("schema", {})
        place = f"{parameter['in']}, required" if parameter.get("required") else parameter["in"]
        name = f"`{parameter['name']}`<br>{place}"
        meaning = parameter.get("description") or schema.get("description", "")
        rows.append((name, kind_words(document, schema), meaning))
    return table("Parameters", ("Name", "Type and range", "Meaning"), rows)


def kind_words(document: Document, schema: Any) -> str:
    """Return type and limits in one cell."""
    return "<br>".join(part for part in (type_words(document, schema), range_words(document, schema)) if part)


def request_markdown(document: Document, operation: Mapping[str, Any]) -> str:
    """Return the members of the request body and its examples."""
    body = resolve(document, operation.get("requestBody", {}))
    parts = []
    for media_type, content in body.get("content", {}).items():
        parts.append(members_table(document, f"Request body, `{media_type}`", content.get("schema", {}), writing=True))
        parts += examples_markdown(document, "Example request", content)
    return "\n\n".join(part for part in parts if part)


def members_table(document: Document, title: str, schema: Any, *, writing: bool) -> str:
    """Return the table of an object's members; read-only ones are left out of what is sent."""
    rows = [
        (
            f"`{field.name}`" + ("<br>required" if writing and field.required else ""),
            kind_words(document, field.schema),
            field.schema.get("description", ""),
        )
        for field in fields(document, schema)
        if not (writing and field.schema.get("readOnly"))
    ]
    return table(title, ("Member", "Type and range", "Meaning"), rows)


def responses_markdown(document: Document, operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield each successful response: what it means, its members and its examples."""
    for status, node in operation.get("responses", {}).items():
        response = resolve(document, node)
        if str(status).startswith(("4", "5")):
            continue
        yield f"{status_badge(status)} {response.get('description', '')}"
        for content in response.get("content", {}).values():
            inner = [members_table(document, "", content.get("schema", {}), writing=False)]
            yield folded("Members of the answer", inner)
            yield from examples_markdown(document, "Example answer", content)


def errors_markdown(document: Document, operation: Mapping[str, Any], refusals: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of error responses: a row for each problem type, with what was answered when it was recorded."""
    rows = []
    for status, node in operation.get("responses", {}).items():
        if str(status).startswith(("4", "5")):
            response = resolve(document, node)
            details = recorded_details(response, refusals)
            for slug, words in problem_links(response.get("description", "")):
                rows.append((status_badge(status), words, details.get(slug, "")))
    return table("Errors", ("Status", "Problem type", "For example"), rows)


def problem_links(description: str) -> list[tuple[str, str]]:
    """Return slug and link of each problem type in a description's list, or the description when it has no list."""
    kinds = re.findall(r"^- `([a-z-]+)`: (.+)$", description, re.MULTILINE)
    return [(slug, f"[{title.rstrip('.')}](problem-types.md#{slug})") for slug, title in kinds] or [("", description)]


def recorded_details(response: Mapping[str, Any], refusals: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return problem type to what was asked and the `detail` that came back, of the operation itself."""
    own = [node for content in response.get("content", {}).values() for node in content.get("examples", {}).values()]
    found = [(node["summary"], node["value"]) for node in own if "value" in node]
    found += [(one["name"], one["response"]["body"]) for one in refusals if "body" in one["response"]]
    details: dict[str, str] = {}
    for name, body in found:
        slug, detail = problem_of(body)
        details.setdefault(slug, f"{escape(name)}<br>{escape(detail)}")
    return details


def problem_of(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the slug of a problem and what was wrong, of a problem document or of the first error of GraphQL."""
    kind, detail = (body["type"], detail_of(body)) if "type" in body else error_of_graphql(body["errors"][0])
    return kind.strip("/").rpartition("/")[2], detail


def error_of_graphql(error: Mapping[str, Any]) -> tuple[str, str]:
    return error["extensions"]["type"], error["message"]


def detail_of(body: Mapping[str, Any]) -> str:
    """Return what a problem document says was wrong: of its first error, where it lists them."""
    first = next(iter(body.get("errors", ())), None)
    if first is None:
        return str(body["detail"])
    place = next((str(first[kind]) for kind in ("pointer", "parameter", "header") if kind in first), "")
    return f"`{place}`: {first['detail']}" if place else str(first["detail"])


def examples_markdown(document: Document, title: str, content: Mapping[str, Any]) -> Iterator[str]:
    """Yield each example as a folded block of JSON."""
    examples = [resolve(document, node) for node in content.get("examples", {}).values()]
    if not examples and "example" in content:
        examples = [{"value": content["example"]}]
    for example in examples:
        label = f"{title}: {example['summary']}" if "summary" in example else title
        text = json.dumps(example.get("value"), indent=2, ensure_ascii=False)
        yield folded(label, [f"```json\n{text}\n```"])


# Markdown ---------------------------------------------------------------------------------------------------------


def status_badge(status: object) -> str:
    """Return a status with the class of its hundred."""
    return f'<span class="nx-status nx-status--{str(status)[0]}"><b>{status}</b></span>'


def folded(title: str, parts: Iterable[str]) -> str:
    """Return Markdown for a block that opens on click; empty when there is nothing inside."""
    inner = "\n\n".join(part for part in parts if part)
    if not inner:
        return ""
    indented = "\n".join(f"    {line}".rstrip() for line in inner.splitlines())
    return f'??? quote "{title}"\n\n{indented}'


def table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table under its title, without the columns that are empty in every row."""
    used = [column for column in range(len(heads)) if any(row[column] for row in rows)]
    if not rows or not used:
        return ""
    lines = ["| " + " | ".join(heads[column] for column in used) + " |", "|" + " --- |" * len(used)]
    lines += ["| " + " | ".join(_cell(row[column]) for column in used) + " |" for row in rows]
    heading = f"**{title}**\n{{ .nx-label }}\n\n" if title else ""
    return heading + "\n".join(lines)


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def makeExtension(**_: Any) -> DirectiveExtension:
    """Return the extension; Python-Markdown calls this by name."""
    return DirectiveExtension("openapi", openapi_markdown)
