"""The `dockerfile` block: parsed by the rules of the Dockerfile reference, linted by hadolint, and shown.

Known instructions only, `FROM` before the others, an argument for each, valid JSON where an array stands, stages that
exist, and an image with a tag or a digest. https://docs.docker.com/reference/dockerfile/

Then hadolint looks at what the instructions do, and at the shell of each `RUN`. A line `# hadolint ignore=DL3008` above
an instruction excuses it. It has no build for Windows, where a block is only parsed. https://github.com/hadolint/hadolint
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from hub.blocks.block import BlockError
from hub.blocks.data import treatment

INSTRUCTIONS = {
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL"),
    *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
}
ARRAYS = {"CMD", "ENTRYPOINT", "RUN", "SHELL", "VOLUME", "ADD", "COPY"}
HEREDOC = re.compile(r"<<-?[\"']?(\w+)[\"']?")

Instruction = tuple[int, str, str]
"""Line (from 1), name in capitals, and everything behind it in one line."""


def parse_dockerfile(source: str) -> list[Instruction]:
    """Return the instructions. Raises BlockError with the line of the first that Docker would refuse."""
    found = list(instructions(source))
    stages: list[str] = []
    for line, name, rest in found:
        if name not in INSTRUCTIONS:
            raise BlockError(f"{name} is no instruction of a Dockerfile", line)
        if not rest:
            raise BlockError(f"{name} needs an argument", line)
        if not stages and name not in ("FROM", "ARG"):
            raise BlockError(f"{name} stands before the first FROM", line)
        if name == "FROM":
            stages.append(stage(rest, stages, line))
        if name in ARRAYS and without_flags(rest).startswith("["):
            check_array(name, without_flags(rest), line)
        if name == "COPY":
            check_source_stage(rest, stages, line)
    if not stages:
        raise BlockError("a Dockerfile needs a FROM")
    return found


def instructions(source: str) -> Iterator[Instruction]:
    """Yield the instructions, continued lines and here-documents with them."""
    lines = source.splitlines()
    number = 0
    while number < len(lines):
        start, text = number + 1, lines[number].strip()
        number += 1
        if not text or text.startswith("#"):
            continue
        while text.endswith("\\") and number < len(lines):
            following = lines[number].strip()
            number += 1
            if following and not following.startswith("#"):
                text = f"{text[:-1].rstrip()} {following}"
        for word in HEREDOC.findall(text) if text.upper().startswith(("RUN", "COPY", "ADD")) else ():
            while number < len(lines) and lines[number].strip() != word:
                number += 1
            if number == len(lines):
                raise BlockError(f"the here-document has no line {word} that ends it", start)
            number += 1
        name, _, rest = text.partition(" ")
        yield start, name.upper(), rest.strip()


def stage(rest: str, earlier: list[str], line: int) -> str:
    """Return the name of the stage that a FROM begins, or its number. Raises BlockError."""
    words = without_flags(rest).split()
    if len(words) == 3 and words[1].upper() == "AS":
        name = words[2].lower()
    elif len(words) == 1:
        name = str(len(earlier))
    else:
        raise BlockError("write `FROM image:tag` or `FROM image:tag AS name`", line)
    image = words[0]
    tag = image.rpartition("/")[2].partition(":")[2]
    is_stage = image.lower() in earlier or image == "scratch" or "$" in image
    if not is_stage and "@sha256:" not in image and tag in ("", "latest"):
        raise BlockError(f"{image} changes under your feet; name a tag, such as {image.partition(':')[0]}:1.2", line)
    return name


def without_flags(rest: str) -> str:
    """Return what stands behind options such as `--platform=linux/amd64`."""
    return re.sub(r"^(?:--\S+\s+)+", "", rest)


def check_array(name: str, array: str, line: int) -> None:
    """Raise BlockError when an array is not one of texts in JSON: Docker would take it for a line of shell."""
    try:
        value = json.loads(array)
    except json.JSONDecodeError:
        value = None
    if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise BlockError(f'the array of {name} must be JSON: {name} ["word", "word"]', line)


def check_source_stage(rest: str, stages: list[str], line: int) -> None:
    """Raise BlockError when COPY takes files from a stage that is not above it; an image has a tag."""
    found = re.search(r"--from=(\S+)", rest)
    if not found or found[1].lower() in stages[:-1] or re.search(r"[:@$]", found[1]):
        return
    if found[1].isdecimal() and int(found[1]) < len(stages) - 1:
        return
    raise BlockError(f"there is no stage {found[1]!r} above this one", line)


# hadolint -----------------------------------------------------------------------------------------------------------

HADOLINT = Path(sys.executable).with_name("hadolint")
NOT_PARSED = "DL1000"  # it does not know every here-document, and what can be parsed was decided above


def lint(source: str) -> None:
    """Raise BlockError with the line of the first error or warning that hadolint has."""
    command = [str(HADOLINT), "--no-fail", "--failure-threshold", "warning", "--format", "json", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, encoding="utf-8", timeout=30)
    if done.returncode:
        raise BlockError(f"hadolint ended with {done.returncode}: {done.stderr.strip()}")
    for finding in json.loads(done.stdout):
        if finding["level"] in ("error", "warning") and finding["code"] != NOT_PARSED:
            raise BlockError(f"{finding['code']}: {finding['message']}", finding["line"])


def check_dockerfile(source: str) -> None:
    """Raise BlockError with the line of the first thing that Docker would refuse, or that hadolint warns of."""
    parse_dockerfile(source)
    if HADOLINT.is_file():
        lint(source)


DOES = "parsed as a Dockerfile, " + (
    "and linted" if HADOLINT.is_file() else "not linted: hadolint is not for this system"
)
TREATMENTS = {"dockerfile": treatment(DOES, check_dockerfile)}
