"""The commands of a text: lines of bash, of PowerShell, or of both, as words without the ways of one shell.

`python3` becomes `python`, `curl.exe` becomes `curl`, and both ways to activate an environment become
`("activate", ".venv")`, so that the commands for two systems can be compared.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

OPERATORS = {"&&", "||", "|", ";", "&"}
SAME = {"python3": "python", "py": "python", "curl.exe": "curl"}
"""Names of one program: on one system, and everywhere."""


class CommandError(ValueError):
    """A line that cannot be read as a command; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Command:
    """One command: the variables set for it, and its words. `line` is where it begins."""

    line: int
    words: tuple[str, ...]
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The command in one line."""
        return shlex.join(self.words)

    def same_as(self, other: Command) -> bool:
        """Whether another one runs the same program with the same arguments and variables."""
        return (self.words, self.settings) == (other.words, other.settings)


# Shells -----------------------------------------------------------------------------------------------------------


def bash_commands(source: str) -> list[Command]:
    """Return the commands of bash lines. Raises CommandError."""
    found = []
    for line, text in joined(source, "\\"):
        for words in split(words_of(text, line)):
            settings = []
            while words and (setting := re.fullmatch(r"([A-Za-z_]\w*)=(.*)", words[0], re.DOTALL)):
                settings.append((setting[1], setting[2]))
                words = words[1:]
            if words:
                found.append(Command(line, everywhere(words), tuple(settings)))
    return found


def powershell_commands(source: str) -> list[Command]:
    """Return the commands of PowerShell lines; `$env:NAME = "value"` belongs to the command below it."""
    found: list[Command] = []
    settings: list[tuple[str, str]] = []
    for line, text in joined(source, "`"):
        if setting := re.fullmatch(r"\$env:(\w+)\s*=\s*(['\"])(.*)\2", text):
            settings.append((setting[1], setting[3]))
            continue
        for words in split(words_of(text.replace("\\", "/"), line)):
            found.append(Command(line, everywhere(words), tuple(settings)))
            settings = []
    return found


def plain_commands(source: str) -> list[Command]:
    """Return commands that mean the same in every shell. Raises CommandError for what does not."""
    for line, text in enumerate(source.splitlines(), 1):
        # Between double quotes both shells keep everything but these.
        bare = re.sub(r'"[^"]*"', lambda quoted: "".join(re.findall(r"[$`\\]", quoted[0])) or "text", text.strip())
        odd = re.search(r"[$`\\'|&;<>]|^python3\b|^\w+=", bare)
        if odd and not text.strip().startswith("#"):
            raise CommandError(f"{odd[0]!r} is not the same in every shell; show bash and PowerShell in two tabs", line)
    return bash_commands(source)


# Words ------------------------------------------------------------------------------------------------------------


def joined(source: str, continued: str) -> Iterator[tuple[int, str]]:
    """Yield each command with its first line; a sign at the end of a line continues it in the next."""
    lines = source.splitlines()
    number = 0
    while number < len(lines):
        start, text = number + 1, lines[number].strip()
        number += 1
        while text.endswith(continued) and number < len(lines):
            text = f"{text[:-1].rstrip()} {lines[number].strip()}"
            number += 1
        text = re.sub(r"(?:^|\s)#[^'\"]*$", "", text).strip()
        if text and not text.startswith("#"):
            yield start, text


def words_of(text: str, line: int) -> list[str]:
    """Return the words of a command. Raises CommandError for a quote that is not closed."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise CommandError(f"this is no command: {str(error).lower()}", line) from None


def split(words: Iterable[str]) -> Iterator[list[str]]:
    """Yield the commands between operators such as `&&`."""
    command: list[str] = []
    for word in words:
        if word in OPERATORS:
            yield command
            command = []
        else:
            command.append(word)
    if command:
        yield command


def everywhere(words: list[str]) -> tuple[str, ...]:
    """Return a command as it is called on every system."""
    activation = re.fullmatch(r"(?:\./)?([\w.-]+)/(?:bin/activate|Scripts/Activate\.ps1)", words[-1])
    if activation and (len(words) == 1 or words[:-1] in (["source"], ["."])):
        return ("activate", activation[1])
    return (SAME.get(words[0], words[0]), *words[1:])
