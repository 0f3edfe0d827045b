"""What the blocks of the handbook cost: `python -m hub.cost` builds it with and without running them, in turn.

Each pair of builds gives one ratio, so whatever else the machine does meets both. The limit is on the middle ratio.
Time counted is that of the processors, a build and all that it starts (`resource.getrusage`); the time on the clock
stands beside it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from hub.source import ROOT

LIMIT = 2.0
"""How many times the cost of a build without running any block a build with every block run may have."""

KEPT = ("hub", "shell", "commands")
"""What builds keep in `.cache/`: the seeded database, what shell blocks printed, and which commands are right."""


@dataclass(frozen=True)
class Cost:
    """Seconds of one build: of the processors, user and system together, and on the clock."""

    processor: float
    clock: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the cost of each pair of builds and the middle ratio; return 1 when that is over the limit."""
    parser = argparse.ArgumentParser(prog="python -m hub.cost", description=__doc__)
    parser.add_argument("--pairs", type=int, default=3, help="how many pairs of builds")
    parser.add_argument("--cold", action="store_true", help="remove what earlier builds kept before each one")
    options = parser.parse_args(arguments)
    cost_of("--without-running")  # so that no build of the first pair compiles Python or reads files from the disk
    pairs = [pair(cold=options.cold) for _ in range(options.pairs)]
    for plain, full in pairs:
        print(
            f"without running {plain.processor:.1f} s, with every block run {full.processor:.1f} s: "
            f"{full.processor / plain.processor:.2f} times ({full.clock / plain.clock:.2f} on the clock: "
            f"{plain.clock:.1f} s, {full.clock:.1f} s)"
        )
    ratio = median(full.processor / plain.processor for plain, full in pairs)
    print(f"The middle one of {len(pairs)}: {ratio:.2f} times, and at most {LIMIT:g} is the promise.")
    return 0 if ratio <= LIMIT else 1


def pair(*, cold: bool) -> tuple[Cost, Cost]:
    """Return the cost of a build without running blocks, and of one right after it that runs them."""
    plain = cost_of("--without-running")
    if cold:
        for name in KEPT:
            shutil.rmtree(ROOT / ".cache" / name, ignore_errors=True)
    return plain, cost_of()


def cost_of(*options: str) -> Cost:
    """Return what one build cost. Ends the program when the build finds something to mend."""
    import resource  # not on Windows, where everything else of this file can be read

    with tempfile.TemporaryDirectory(prefix="nexus-cost-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "hub", "build", "--brief", "--site-dir", str(Path(folder) / "site"), *options]
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", errors="replace")
        clock, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(done.stderr.strip(), file=sys.stderr)
        print("The handbook has something to mend, so its cost says nothing.", file=sys.stderr)
        raise SystemExit(1)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock)


if __name__ == "__main__":
    sys.exit(main())
