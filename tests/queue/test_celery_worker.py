"""A Celery worker on quorum queues: it acknowledges late, and whatever kills it, no message is lost."""

import os
import signal

from tests.queue.world import World, children, ends, eventually, kill


def working(queued: World) -> None:
    """A relay and a worker that are ready."""
    queued.start("relay")
    queued.start("worker")


def is_settled(queued: World) -> None:
    eventually("no entry is left", lambda: queued.waiting() == 0)
    eventually("no message is left", lambda: queued.messages() == 0)


def test_a_promise_is_kept_by_way_of_the_broker(queued: World) -> None:
    queued.promise("probe.quick", name="import")
    working(queued)
    eventually("the task ran", lambda: queued.notes("ran") == ["import"])
    is_settled(queued)


def test_a_killed_process_of_the_pool_gives_its_message_back(queued: World) -> None:
    queued.promise("probe.deadly", name="import", times=1)
    working(queued)
    eventually("another process does it", lambda: queued.notes("ran"))
    assert queued.notes("began") == ["import", "import"]
    is_settled(queued)


def test_a_worker_that_is_killed_whole_gives_its_message_back(queued: World) -> None:
    queued.promise("probe.slow", name="import", seconds=6)
    queued.start("relay")
    first = queued.start("worker")
    eventually("the task begins", lambda: queued.notes("began"))
    kill(first)
    queued.start("worker")
    eventually("another worker does it", lambda: queued.notes("ran"))
    assert queued.notes("began") == ["import", "import"]
    is_settled(queued)


def test_sigterm_gives_a_long_task_back_within_seconds(queued: World) -> None:
    queued.promise("probe.slow", name="long", seconds=600)
    queued.start("relay")
    worker = queued.start("worker")
    eventually("the task begins", lambda: queued.notes("began"))
    ends(worker)
    assert queued.messages() == 1


def test_the_hard_limit_kills_the_process_and_not_the_work(queued: World) -> None:
    queued.promise("probe.endless", name="long")
    working(queued)
    eventually("the second try ends", lambda: queued.notes("ran"))
    assert queued.notes("began") == ["long", "long"]
    is_settled(queued)


def test_a_poisoned_task_stops_at_five_and_stays_in_the_outbox(queued: World) -> None:
    promised = queued.promise("probe.failing", name="bad")
    working(queued)
    failed = "SELECT uuid, error FROM outbox_entry WHERE attempts = 5"
    assert eventually("it is kept", lambda: queued.sql(failed)) == [
        (promised.replace("-", ""), "ValueError('no good')")
    ]
    queued.promise("probe.quick", name="good")
    eventually("others go on", lambda: queued.notes("ran") == ["good"])
    assert queued.notes("began") == ["bad"] * 5
    assert queued.messages(queued.dead) == 0


def test_a_message_that_kills_every_process_ends_in_the_queue_of_the_dead(queued: World) -> None:
    (queued.folder / "delivery-limit").write_text("2")
    promised = queued.promise("probe.deadly", name="bad", times=99)
    working(queued)
    eventually("it is put aside", lambda: queued.messages(queued.dead) == 1)
    assert queued.notes("began") == ["bad"] * 3
    assert queued.ids(queued.dead) == [promised]


def test_a_worker_takes_one_message_at_a_time(queued: World) -> None:
    for number in range(3):
        queued.promise("probe.slow", name=str(number), seconds=600)
    queued.start("relay")
    worker = queued.start("worker")
    eventually("all are published", lambda: queued.waiting() == 0)
    eventually("one has begun", lambda: queued.notes("began") == ["0"])
    assert queued.messages() == 2  # another worker could have them
    [child] = children(worker)
    os.kill(child, signal.SIGKILL)
    eventually("the message goes round", lambda: len(queued.notes("began")) == 2)


def test_beat_sends_what_is_due(queued: World) -> None:
    queued.start("beat", "--state", "beat")
    queued.start("worker")
    done = "expire_reservations"
    eventually("the worker has done it", lambda: done in queued.said("worker") and "succeeded" in queued.said("worker"))
