"""The file of measurements: read with every entry checked, written in the order of `figures.py`."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from hub.measurements.figures import FIGURES, Figure
from hub.measurements.machine import Machine
from hub.source import ROOT

FILE = ROOT / "docs" / "reference" / "measurements.json"


class MeasurementError(ValueError):
    """A measurement is missing, or its entry is not what it must be; the message says which and how."""


@dataclass(frozen=True)
class Measurement:
    """One figure as it was taken. `value`, `low` and `high` are in `unit`; `low` to `high` is the range of `samples`.

    `load` is the machine's load average before it was taken; `machine` is a key of the file's machines.
    """

    id: str
    value: float
    unit: str
    kind: str
    tolerance: float
    commit: str
    date: str
    machine: str
    command: str
    samples: int = 1
    low: float | None = None
    high: float | None = None
    load: float | None = None

    @property
    def figure(self) -> Figure:
        """What was measured."""
        return FIGURES[self.id]

    @property
    def is_met(self) -> bool | None:
        """Whether it meets its target; None without one."""
        return None if self.figure.target is None else self.value <= self.figure.target

    def agrees_with(self, other: Measurement) -> bool:
        """Whether another value of the same figure is within the tolerance of this one."""
        return abs(other.value - self.value) <= self.tolerance * abs(self.value)


@dataclass
class Book:
    """All measurements of a file, and the machines they were taken on, by short keys."""

    measurements: dict[str, Measurement] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)

    def find(self, name: str) -> Measurement:
        """The measurement with this id. Raises MeasurementError that names the nearest ids."""
        if name in self.measurements:
            return self.measurements[name]
        near = difflib.get_close_matches(name, self.measurements, n=3, cutoff=0.5)
        hint = f" Is it {' or '.join(near)}?" if near else ""
        raise MeasurementError(f"There is no measurement `{name}`.{hint}")

    def moved(self, taken: Book) -> list[str]:
        """Say which timings were taken again and are outside the tolerance of those written down here, in sentences."""
        pairs = [
            (old, taken.measurements[name]) for name, old in self.measurements.items() if name in taken.measurements
        ]
        return [
            f"{old.id} is {shown(new.value, new.unit)} here and now, and {shown(old.value, old.unit)} was "
            f"written down: outside its tolerance of {old.tolerance:.0%}. To take it on a quiet machine: {old.command}"
            for old, new in pairs
            if old.kind == "timing" and not old.agrees_with(new)
        ]

    def add_machine(self, machine: Machine) -> str:
        """Keep a machine; return its key."""
        key = hashlib.sha256(str(machine).encode()).hexdigest()[:8]
        self.machines[key] = machine
        return key


def read(file: Path = FILE) -> Book:
    """The measurements in a file. Raises MeasurementError, or OSError when it is not there."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        machines = {key: Machine(**machine) for key, machine in data["machines"].items()}
        entries = [entry(item, machines) for item in data["measurements"]]
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise MeasurementError(f"{file.name} is no file of measurements: {error!r}") from error
    book = Book({item.id: item for item in entries}, machines)
    if len(book.measurements) < len(entries):
        raise MeasurementError(f"{file.name} has a measurement twice.")
    return book


def entry(item: Mapping[str, Any], machines: Mapping[str, Machine]) -> Measurement:
    """A checked entry. Raises MeasurementError that says what is wrong with it."""
    name = item.get("id")
    if name not in FIGURES:
        raise MeasurementError(f"`{name}` is not a figure that hub/measurements/figures.py knows.")
    expected = {part.name for part in fields(Measurement)}
    required = {part.name for part in fields(Measurement) if part.default is not None and part.name != "samples"}
    if wrong := (set(item) - expected) | (required - set(item)):
        raise MeasurementError(f"`{name}` must have exactly its parts: look at {', '.join(sorted(wrong))}.")
    measurement = Measurement(**item)
    for part in ("value", "tolerance"):
        if not isinstance(item[part], int | float) or isinstance(item[part], bool) or item[part] < 0:
            raise MeasurementError(f"`{name}`: {part} must be a number that is not negative.")
    for part in ("unit", "kind", "tolerance", "command"):
        if item[part] != getattr(FIGURES[name], part):
            raise MeasurementError(
                f"`{name}`: {part} is {item[part]}, and {getattr(FIGURES[name], part)} is asked for."
            )
    if item["machine"] not in machines:
        raise MeasurementError(f"`{name}`: the machine {item['machine']} is not described.")
    return measurement


def write(book: Book, file: Path = FILE) -> None:
    """Write the measurements, and only the machines they name."""
    entries = [book.measurements[name] for name in FIGURES if name in book.measurements]
    used = {item.machine for item in entries}
    document = {
        "machines": {key: asdict(machine) for key, machine in sorted(book.machines.items()) if key in used},
        "measurements": [{k: v for k, v in asdict(item).items() if v is not None} for item in entries],
    }
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


# Words ------------------------------------------------------------------------------------------------------------


def shown(value: float, unit: str, places: int | None = None) -> str:
    """A value with its unit as a page shows it: bytes in megabytes, one decimal, unless `places` says how many."""
    if unit == "bytes":
        value, unit, usual = value / 1e6, "MB", 1
    elif unit in ("s", "ms", "times"):
        usual = 1 if unit == "ms" else 2
    else:
        usual = 0
        unit = unit.removesuffix("s").replace("querie", "query") if value == 1 else unit
    return f"{value:,.{usual if places is None else places}f} {unit}"
