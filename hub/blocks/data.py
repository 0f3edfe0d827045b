"""Blocks of data: `json`, `yaml`, `toml`, and `ini` for the lines of an `.env` file. They are parsed, and shown.

A name that stands twice in one object is an error, although most parsers let the second win. YAML with `jobs` and `on`
is held to the form of a GitHub workflow, YAML with `services` to that of a compose file. A line of an `ini` block must
set something that `.env.example` names.
"""

from __future__ import annotations

import io
import json
import re
import tomllib
from collections.abc import Callable, Hashable
from typing import Any, NoReturn

import yaml
from dotenv.parser import parse_stream

from hub.blocks.block import Block, BlockError, Treatment
from hub.blocks.plain import plain
from hub.settings import known_settings

Parse = Callable[[str], object]


def treatment(does: str, parse: Parse) -> Treatment:
    """Return the treatment that parses a block and shows it as it is."""

    def check(block: Block) -> None:
        parse(block.source)

    def render(block: Block) -> str:
        parse(block.source)
        return plain(block.source, block.language)

    return Treatment(does, render, check=check)


# JSON -------------------------------------------------------------------------------------------------------------


def parse_json(source: str) -> object:
    """Return the value that a JSON text stands for (RFC 8259). Raises BlockError with the line."""
    repeated: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.extend(name for name in names if names.count(name) > 1)
        return dict(pairs)

    try:
        value: object = json.loads(source, object_pairs_hook=members, parse_constant=no_number)
    except json.JSONDecodeError as error:
        raise BlockError(f"this is no JSON: {error.msg} (column {error.colno})", error.lineno) from None
    if repeated:
        # The parser does not say where: the last line with the name is the one that would win.
        lines = source.splitlines()
        found = [number for number, line in enumerate(lines, 1) if f'"{repeated[0]}"' in line]
        raise BlockError(f"{repeated[0]!r} stands twice in one object; leave one out", max(found, default=0))
    return value


def no_number(name: str) -> NoReturn:
    """Refuse what Python reads and JSON does not have."""
    raise BlockError(f"this is no JSON: {name} is no number there; write null")


# YAML -------------------------------------------------------------------------------------------------------------


class StrictLoader(yaml.SafeLoader):
    """Reads plain data, and refuses a key that stands twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Return the mapping. Raises ConstructorError for a repeated key."""
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
        for place, (key, _) in enumerate(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value in keys[:place]:
                problem = f"{key.value!r} stands twice in one mapping; leave one out"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        return super().construct_mapping(node, deep)


def parse_yaml(source: str) -> object:
    """Return the documents of a YAML text, after a look at their form. Raises BlockError with the line."""
    try:
        documents = list(yaml.load_all(source, StrictLoader))  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise BlockError(f"this is no YAML: {error.problem}", mark.line + 1 if mark else 0) from None
    except yaml.YAMLError as error:
        raise BlockError(f"this is no YAML: {' '.join(str(error).split())}") from None
    for document in documents:
        if not isinstance(document, dict):
            continue
        # YAML 1.1 reads a bare `on` as true.
        if "jobs" in document and (True in document or "on" in document):
            check_workflow(document, source)
        elif "services" in document:
            check_compose(document, source)
    return documents


def check_workflow(workflow: dict[Any, Any], source: str) -> None:
    """Raise BlockError when a GitHub workflow could not be loaded by GitHub."""
    jobs = mapping(workflow["jobs"], "jobs", source)
    for name, body in jobs.items():
        job = mapping(body, name, source)
        if "runs-on" not in job and "uses" not in job:
            raise BlockError(f"the job {name!r} has no `runs-on`", line_of(name, source))
        for needed in as_list(job.get("needs", [])):
            if needed not in jobs:
                raise BlockError(f"the job {name!r} needs {needed!r}, which is not there", line_of(name, source))
        if "runs-on" in job and not job.get("steps"):
            raise BlockError(f"the job {name!r} has no steps", line_of(name, source))
        for number, step in enumerate(as_list(job.get("steps", [])), 1):
            if not isinstance(step, dict) or ("run" in step) == ("uses" in step):
                raise BlockError(
                    f"step {number} of the job {name!r} needs `run` or `uses`, one of them", line_of(name, source)
                )


def check_compose(file: dict[Any, Any], source: str) -> None:
    """Raise BlockError when Compose would refuse the file: no image, or a name that is not declared."""
    services = mapping(file["services"], "services", source)
    volumes = file.get("volumes") or {}
    for name, body in services.items():
        service = mapping(body, name, source)
        where = line_of(name, source)
        if not {"image", "build", "extends"} & set(service):
            raise BlockError(f"the service {name!r} has neither `image` nor `build`", where)
        for other in service.get("depends_on") or []:
            if other not in services:
                raise BlockError(f"the service {name!r} depends on {other!r}, which is not there", where)
        for volume in service.get("volumes") or []:
            named = re.match(r"([A-Za-z0-9][\w.-]*):", volume) if isinstance(volume, str) else None
            if named and named[1] not in volumes:
                raise BlockError(f"the volume {named[1]!r} is not declared under `volumes`", line_of(volume, source))


def mapping(value: object, name: object, source: str) -> dict[Any, Any]:
    """Return the value if it is a mapping. Raises BlockError."""
    if isinstance(value, dict) and value:
        return value
    raise BlockError(f"{name!r} must hold names with values below it", line_of(name, source))


def as_list(value: Any) -> list[Any]:
    """Return a list, of one thing where a single one stands."""
    return value if isinstance(value, list) else [value]


def line_of(name: object, source: str) -> int:
    """Return the first line that holds a key or a value, 0 when none does."""
    word = re.compile(rf"(?<![\w-]){re.escape(str(name))}(?![\w-])")
    return next((number for number, line in enumerate(source.splitlines(), 1) if word.search(line)), 0)


# TOML and .env ----------------------------------------------------------------------------------------------------


def parse_toml(source: str) -> object:
    """Return the table of a TOML text (version 1.0). Raises BlockError with the line."""
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(source.rstrip().splitlines())
        raise BlockError(f"this is no TOML: {error}", line) from None


def parse_dotenv(source: str) -> object:
    """Return the settings of an `.env` file. Raises BlockError for a line, or a name, that the project cannot read."""
    settings: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(source)):
        text = binding.original.string
        line = binding.original.line + len(text) - len(text.lstrip("\n"))
        if binding.error or (binding.key and binding.value is None):
            raise BlockError(f"{text.strip()!r} is no line of an .env file; write NAME=value", line)
        if not binding.key:
            continue
        if binding.key not in known_settings():
            raise BlockError(f"{binding.key} is no setting of the project; .env.example lists them", line)
        if binding.key in settings:
            raise BlockError(f"{binding.key} is set twice; leave one out", line)
        settings[binding.key] = binding.value or ""
    return settings


TREATMENTS = {
    "json": treatment("parsed as JSON", parse_json),
    "yaml": treatment("parsed as YAML, workflows and compose files held to their form", parse_yaml),
    "toml": treatment("parsed as TOML", parse_toml),
    "ini": treatment("read as an .env file, each name a setting of the project", parse_dotenv),
}
