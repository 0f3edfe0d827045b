"""The engines of this machine, to run examples on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.blocks.recordings import Ask
from hub.capture import Worker, api_digest
from hub.engines.postgres import NoPostgres, provide_postgres, server_version


@contextmanager
def engines_here() -> Iterator[tuple[dict[str, tuple[str, Ask]], dict[str, str]]]:
    """Give the engines that run here, name -> (version, how to ask it), and why the others do not."""
    try:
        provided = provide_postgres()
        server, _ = provided.__enter__()
    except NoPostgres as absence:
        yield {}, {"postgresql": str(absence)}
        return
    try:
        with postgres_worker(server) as ask:
            yield {"postgresql": (server_version(server), ask)}, {}
    finally:
        provided.__exit__(None, None, None)


@contextmanager
def postgres_worker(server: dict[str, str]) -> Iterator[Ask]:
    """Run the worker for a PostgreSQL server (POSTGRES_*) until the end, and give how to ask it."""
    worker = Worker(api_digest(), "hub.engines.worker", server)
    try:
        yield worker.ask
    finally:
        worker.close()
