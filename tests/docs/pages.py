"""Markdown as the tests of the texts see it: front matter, prose without code, commands, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
BESIDE = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]

FENCE = re.compile(
    r"^(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})[^\n]*\n(?P<code>.*?)^[ \t>]*(?P=mark)[ \t]*$", re.M | re.S
)
INLINE_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
COMMAND = re.compile(r"^(?:[A-Z_]+=\S+ )?python3? (?P<rest>.+)$")


@dataclass(frozen=True)
class Page:
    """A Markdown file: what stands between the first `---` lines, and the text below."""

    path: Path
    front_matter: dict[str, object]
    body: str

    @property
    def name(self) -> str:
        """The path from the project's folder, with forward slashes."""
        return self.path.relative_to(ROOT).as_posix() if self.path.is_relative_to(ROOT) else self.path.name


def parse(path: Path, text: str) -> Page:
    """Return the page with this text."""
    found = re.match(r"---\n(.*?)\n---\n(.*)", text, re.S)
    if not found:
        return Page(path, {}, text)
    try:
        front_matter = yaml.safe_load(found[1])
    except yaml.YAMLError:  # MkDocs drops such front matter without a word: here it counts as missing
        front_matter = None
    return Page(path, front_matter if isinstance(front_matter, dict) else {}, found[2])


def read(path: Path) -> Page:
    """Return the page in this file."""
    return parse(path, path.read_text(encoding="utf-8"))


def handbook() -> list[Page]:
    """Return every page of the handbook."""
    return [read(path) for path in sorted(DOCS.rglob("*.md"))]


def texts() -> list[Page]:
    """Return every page of the handbook and the files beside it, such as the README."""
    return [*handbook(), *(read(path) for path in BESIDE)]


def without_fences(body: str) -> str:
    """Return the text without its fenced blocks."""
    return FENCE.sub("", body)


def prose(body: str) -> str:
    """Return the text without fenced blocks and inline code."""
    return INLINE_CODE.sub("", without_fences(body))


def inline_code(body: str) -> list[str]:
    """Return every piece of inline code, its line breaks as spaces."""
    return [" ".join(found[2].split()) for found in INLINE_CODE.finditer(without_fences(body))]


def fenced_code(body: str) -> Iterator[tuple[str, str]]:
    """Yield the language and the dedented code of every fenced block."""
    for found in FENCE.finditer(body):
        language = found[0].strip().strip("`~>").split("\n", 1)[0].strip().split(" ")[0]
        indent = len(found["indent"])
        yield language, "\n".join(line[indent:] for line in found["code"].splitlines())


def commands(body: str) -> list[str]:
    """Return what follows `python` in every command of the page, in fenced blocks and in inline code."""
    lines = [line for _, code in fenced_code(body) for line in code.splitlines()] + inline_code(body)
    return [found["rest"] for line in lines if (found := COMMAND.match(line.strip())) and "<" not in line]


def section_names(body: str, title: str) -> list[str]:
    """Return the headings of the third level, without their code marks, below the heading `## title`."""
    sections = re.split(r"^## ", without_fences(body), flags=re.M)
    section = next((section for section in sections if section.startswith(f"{title}\n")), "")
    return re.findall(r"^### `([^`]+)`$", section, re.M)


def section(body: str, name: str) -> str:
    """Return the text below the heading "### `name`", up to the next heading."""
    found = re.search(rf"^### `{re.escape(name)}`\n(.*?)(?=^##|\Z)", body, re.M | re.S)
    return found[1] if found else ""
