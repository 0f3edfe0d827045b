"""What is counted when somebody looks, such as the length of a queue.

An app that has something to show puts a module `gauges.py` beside its models and registers it there; it is found by
itself, as `admin.py` is. `metrics.py` shows all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Reading = Mapping[tuple[str, ...], float]  # the values of the labels -> the number


@dataclass(frozen=True)
class Gauge:
    """A number, or one for each combination of labels. `read` may ask the database, with one cheap query."""

    name: str
    help: str
    read: Callable[[], Reading]
    labels: tuple[str, ...] = ()


GAUGES: dict[str, Gauge] = {}


def register(gauge: Gauge) -> None:
    """Shows it from now on. Raises ValueError for a name that another one has."""
    if GAUGES.setdefault(gauge.name, gauge) is not gauge:
        raise ValueError(f"There is a gauge {gauge.name!r} already.")
