"""Killing, without a chance to tidy up: SIGKILL to a server and to every process it has started."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from hub.engines.postgres import Cluster

# Where `killing.py` can end a worker: between a file and the row that names it.
POINTS = ("half of the file is written", "the file is written", "before the commit", "after the commit")


def kill_cluster(cluster: Cluster) -> None:
    """Kill PostgreSQL as a machine does that runs out of memory: the postmaster and each of its processes."""
    postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)  # or it would start another process while we look
    kill([postmaster, *children(postmaster)])
    # Until somebody reaps it, a new one would take the dead one for alive; and nobody is left who holds the data.
    (cluster.data / "postmaster.pid").unlink()


def children(parent: int) -> list[int]:
    """The processes that this one has started and that still run."""
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    if listed.is_file():
        return [int(pid) for pid in listed.read_text().split()]
    found = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


def kill(pids: list[int]) -> None:
    """SIGKILL to each, and return when they are gone."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, f"{pids} do not die"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    if Path("/proc/self").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
