"""A large import whose workers are killed again and again, and delivered twice: the table is that of a clean run."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from celery import Celery
from kombu.connection import Connection
from kombu.entity import Queue

from tests.engines.rabbitmq import Node
from tests.queue.world import World, children, eventually, is_on_disk, kill

ROWS = 100_000
WORKER_DIES_WHOLE = 5  # every so many kills; the others take the process of the pool, and Celery replaces it
TABLE = """
SELECT md5(string_agg(concat_ws('|', product.slug, product.name, product.description, price, currency, stock, is_active,
                                category.slug), E'\\n' ORDER BY product.slug))
FROM catalog_product AS product JOIN catalog_category AS category ON category.id = category_id
"""
ROW_ERRORS = """
SELECT md5(string_agg(concat_ws('|', "row", "column", message, value), E'\\n' ORDER BY "row", "column"))
FROM imports_importrowerror WHERE job_id = (SELECT max(id) FROM imports_import)
"""
COUNTS = "SELECT state, rows_done, created, updated, unchanged, refused FROM imports_import ORDER BY id DESC LIMIT 1"
START = """
from django.contrib.auth.models import User
from demo_api.imports import services
with open({path!r}, "rb") as stream:
    services.start(user=User.objects.get(username="demo-staff"), stream=stream, size={size}, key={key!r})
"""


@pytest.fixture
def file(served: World) -> str:
    """A file of ROWS rows: new products, some of the seeded ones changed, some slugs twice, and some rows wrong."""
    path = served.folder / "products.csv"
    seeded = [slug for (slug,) in served.sql("SELECT slug FROM catalog_product ORDER BY slug LIMIT 50")]
    with path.open("w", encoding="utf-8") as file:
        file.write("slug,name,price,category,stock\n")
        for number in range(ROWS):
            slug = (
                seeded[number % 50]
                if number % 2000 == 7
                else f"row-{number - number % 500 if number % 500 == 3 else number}"
            )
            price = "wrong" if number % 997 == 5 else f"{number % 900}.50"
            file.write(f"{slug},Row {number},{price},kitchen,{number % 40}\n")
    return str(path)


def start_import(served: World, file: str, key: str) -> None:
    code = START.format(path=file, size=Path(file).stat().st_size, key=key)
    served.run("shell", "-v0", "-c", code)


def outcome(served: World) -> list[object]:
    """What the import left: digests of the whole catalogue and of the row errors, and the counts."""
    return [served.sql(statement) for statement in (TABLE, ROW_ERRORS, COUNTS)]


def reset(served: World) -> None:
    """The catalogue as it was before the import."""
    served.sql("DELETE FROM catalog_product")
    served.run("seed", "-v0")


def clean_run(served: World, file: str) -> list[object]:
    """What one undisturbed run leaves."""
    start_import(served, file, "clean")
    served.run("worker", "--drain", RABBITMQ_URL="")
    found = outcome(served)
    assert found[2][0][0] == "succeeded"  # type: ignore[index]
    reset(served)
    return found


class Progress(NamedTuple):
    """How far the newest import is; `attempts` counts the runs that have begun."""

    state: str
    rows: int
    attempts: int


def progress(served: World) -> Progress:
    statement = "SELECT state, rows_done, attempts FROM imports_import ORDER BY id DESC LIMIT 1"
    return Progress(*served.sql(statement)[0])


def test_workers_killed_at_random_leave_the_table_of_a_clean_run(
    served: World, file: str, pytestconfig: pytest.Config
) -> None:
    wanted: int = pytestconfig.getoption("--kills")
    expected = clean_run(served, file)
    seed = random.randrange(10**6)  # noqa: S311  # no secret
    print(f"random seed: {seed}")
    chance = random.Random(seed)  # noqa: S311
    served.start("relay")
    kills, rounds = 0, 0
    while kills < wanted:
        rounds += 1
        start_import(served, file, f"killed {rounds}")
        kills += killed_run(served, chance, wanted - kills)
        assert outcome(served) == expected, f"after {kills} kills, seed {seed}"
        reset(served)
    print(f"{kills} kills in {rounds} import(s)")


def test_a_broker_killed_in_the_middle_leaves_the_table_of_a_clean_run(served: World, mortal: Node, file: str) -> None:
    expected = clean_run(served, file)
    served.start("relay")
    served.start("worker")
    is_on_disk(served, mortal)
    start_import(served, file, "without a broker")
    eventually("some rows are in", lambda: progress(served).rows)
    mortal.kill()
    assert progress(served).state != "succeeded", "the broker was killed too late to disturb this import"
    mortal.start()
    eventually("the import is done", lambda: progress(served).state == "succeeded")
    assert outcome(served) == expected
    eventually("no message is left", lambda: served.messages() == 0)


def killed_run(served: World, chance: random.Random, most: int) -> int:
    """Runs the import to its end, and kills its worker in each new run that came further. Gives how many runs it ended.

    A kill counts when a run had begun since the one before, had written rows, and was not at its end yet.
    """
    worker, kills = served.start("worker"), 0
    before = Progress("queued", 0, 0)

    def comes_further() -> bool:
        now = progress(served)
        return now.state == "succeeded" or (now.attempts > before.attempts and now.rows > before.rows)

    try:
        while kills < most:
            eventually("a new run comes further", comes_further)
            time.sleep(chance.uniform(0, 0.15))
            worker = kill_worker(served, worker, whole=kills % WORKER_DIES_WHOLE == WORKER_DIES_WHOLE - 1)
            before = progress(served)
            if before.state == "succeeded":
                break
            kills += 1
        eventually("the import is done", lambda: progress(served).state == "succeeded")
    finally:
        kill(worker)
    assert progress(served).attempts > kills, "a kill that no other run followed ended none"
    return kills


def kill_worker(served: World, worker: "subprocess.Popen[bytes]", *, whole: bool) -> "subprocess.Popen[bytes]":
    """SIGKILL for the whole worker, or for the process that works. Gives the worker that runs now."""
    if whole:
        kill(worker)
        return served.start("worker")
    for child in children(worker):
        os.kill(child, signal.SIGKILL)
    time.sleep(0.1)  # a statement that it had sent may still commit
    return worker


def test_deliveries_at_once_and_again_leave_the_table_of_a_clean_run(served: World, file: str) -> None:
    expected = clean_run(served, file)
    start_import(served, file, "twice")
    [(job,)] = served.sql("SELECT uuid FROM imports_import ORDER BY id DESC LIMIT 1")
    served.start("relay")
    eventually("it is published", lambda: served.waiting() == 0)
    send_again(served, job=str(job), times=3)
    for _ in range(2):
        served.start("worker")
    eventually("the import is done", lambda: progress(served).state == "succeeded")
    send_again(served, job=str(job), times=1)
    eventually("every delivery is answered", lambda: served.messages() == 0 and served.waiting() == 0)
    assert outcome(served) == expected


def send_again(served: World, *, job: str, times: int) -> None:
    """Publishes the import's message so many times more, each time under the same id."""
    app = Celery(broker=served.settings["RABBITMQ_URL"])
    for _ in range(times):
        with Connection(served.settings["RABBITMQ_URL"]) as connection:
            app.send_task(
                "demo_api.imports.tasks.run_import",
                kwargs={"import_id": job},
                task_id=job,
                queue=Queue(served.queue),
                producer=connection.Producer(auto_declare=False),
                declare=[],
            )
