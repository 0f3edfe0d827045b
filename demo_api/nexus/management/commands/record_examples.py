import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo_api.nexus.examples.recorder import record_here
from demo_api.nexus.examples.scratch import ROOT, Recording, RecordingFailed, record
from demo_api.rest.openapi import EXAMPLES_FILE

REFUSALS_FILE = ROOT / "docs" / "reference" / "refusals.json"
MISSING = object()
MOST_REPORTED = 20  # differences


class Command(BaseCommand):
    help = (
        "Record the examples of the API's documentation from a scratch service: those that are written down into "
        "demo_api/rest/examples.json, and the refusals that follow from them into docs/reference/refusals.json."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file is not current")
        parser.add_argument("--file", type=Path, default=EXAMPLES_FILE, help="another file than examples.json")
        parser.add_argument("--refusals", type=Path, default=REFUSALS_FILE, help="another file than refusals.json")
        parser.add_argument("--in-scratch", type=Path, help=argparse.SUPPRESS)  # what the recording process runs

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["in_scratch"]:
                record_here(options["in_scratch"])
            else:
                recordings = record()
                self.compare(recordings["examples"], options["file"], check=options["check"])
                self.compare(recordings["refusals"], options["refusals"], check=options["check"])
        except RecordingFailed as failure:
            raise CommandError(str(failure)) from None

    def compare(self, recorded: Recording, file: Path, *, check: bool) -> None:
        """Writes what was recorded to the file; with `check`, raises CommandError when it is not what the file has."""
        stored = json.loads(file.read_text("utf-8")) if file.exists() else {}
        found = [f"{place}: {change}" for place, change in differences(keyed(stored), keyed(recorded))]
        if check:
            if found:
                raise CommandError("\n".join([*found[:MOST_REPORTED], f"{len(found)} difference(s). {ACCEPT}"]))
            self.stdout.write(f"{file.name} is current.")
            return
        text = json.dumps(recorded, indent=2, ensure_ascii=False) + "\n"
        file.write_text(text, "utf-8", newline="\n")
        count = sum(map(len, recorded.values()))
        self.stdout.write(
            f"{file.name}: {count} exchanges of {len(recorded)} operations, {len(found)} difference(s) from before."
        )


ACCEPT = "`python manage.py record_examples` accepts what the service answers now."


def keyed(examples: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The exchanges by operation and name, so that one that is added does not look like a change of the next."""
    return {operation: {one["name"]: one for one in exchanges} for operation, exchanges in examples.items()}


def differences(stored: Any, recorded: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Where two JSON values differ: the path to the member, and what stands there in each."""
    if isinstance(stored, dict) and isinstance(recorded, dict):
        for name in stored | recorded:
            inner = f"{place}/{name}" if place else name
            yield from differences(stored.get(name, MISSING), recorded.get(name, MISSING), inner)
    elif isinstance(stored, list) and isinstance(recorded, list) and len(stored) == len(recorded):
        for index, pair in enumerate(zip(stored, recorded, strict=True)):
            yield from differences(*pair, f"{place}/{index}")
    elif stored != recorded or type(stored) is not type(recorded):
        yield place, f"{brief(stored)} is stored, the service answers {brief(recorded)}"


def brief(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:97]}..."
