"""The relay: takes entries out of the outbox, in order, and gives them to the broker.

An entry is deleted after the broker has confirmed its message, so a relay that dies in between sends it again under
the same id: at least once, never less. That is why every task can be run twice.
"""

import contextlib
import logging
import time
from datetime import timedelta
from typing import Any, Protocol

from amqp.exceptions import AMQPError, MessageNacked
from django.db import Error, connection
from kombu.exceptions import OperationalError

from demo_api.nexus.celery import WORK, app, declare
from demo_api.outbox import leases
from demo_api.outbox.services import pause_after

logger = logging.getLogger("demo_api.outbox.relay")
POLL = 0.5  # seconds between two looks into an empty outbox
CONFIRMED_WITHIN = 5.0  # seconds; a broker that is out of memory or disk takes messages and confirms nothing
LEASE = timedelta(seconds=15)  # longer than all time-outs of one message together
LONGEST_PAUSE = 30  # seconds between two tries to reach a broker that is away
BROKER_AWAY = (OSError, AMQPError, MessageNacked, OperationalError)  # or there, and full


class Stop(Protocol):
    """What tells the relay to end: a `threading.Event`."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> bool: ...


def relay(stop: Stop) -> None:
    """Passes entries on until `stop` is set. A broker or a database that is away is waited for."""
    failures = 0
    while not stop.is_set():
        started = time.monotonic()
        try:
            with connected() as broker:
                logger.info("connected to the broker")
                pass_on(broker, stop)
        except (*BROKER_AWAY, Error) as error:
            connection.close()
            failures = 0 if time.monotonic() - started > LONGEST_PAUSE else failures + 1
            pause = pause_after(failures, longest=LONGEST_PAUSE).total_seconds()
            logger.warning("%s; the next try is in %.1f s", reason(error), pause)
            stop.wait(pause)


def connected() -> Any:
    """A connection to the broker, with both queues. Raises what is in BROKER_AWAY within about four seconds."""
    # Without heartbeats: each would count as an answer, and CONFIRMED_WITHIN would begin again.
    broker = app.connection_for_write(heartbeat=0)
    try:
        broker.connect()
        declare(broker)
    except BaseException:
        broker.collect()
        raise
    return broker


def pass_on(broker: Any, stop: Stop) -> None:
    """Publishes what there is, then waits for more, until `stop` is set."""
    producer = app.amqp.Producer(broker, auto_declare=False)
    while not stop.is_set():
        lease = leases.claim(duration=LEASE, is_delivery=False)
        if lease is None:
            listen(broker, POLL)
        else:
            deliver(producer, lease)


def deliver(producer: Any, lease: leases.Lease) -> None:
    """Publishes one entry and deletes it. Without a confirmation the entry stays, and the connection is given up."""
    try:
        publish(producer, lease)
    except BROKER_AWAY:
        # Perhaps the message arrived all the same: then it is there twice, under one id. The connection must go, for
        # a late answer on it would be taken for the answer to the next message.
        lease.give_back()
        raise
    lease.hand_over()
    logger.info("published %s id=%s", lease.entry, lease.entry.uuid)


def publish(producer: Any, lease: leases.Lease) -> None:
    """Sends the entry's message and waits until the broker has it on disk. Raises what is in BROKER_AWAY.

    That is also what a queue says that is full: its fault is not the entry's, and passes.
    """
    entry = lease.entry
    app.send_task(
        entry.task,
        kwargs=entry.arguments,
        task_id=str(entry.uuid),
        producer=producer,
        queue=WORK,
        declare=[],
        retry=False,
        mandatory=True,  # a message that no queue takes comes back, where it would be confirmed and dropped
        headers={"outbox_attempts": entry.attempts},
        timeout=CONFIRMED_WITHIN,
        confirm_timeout=CONFIRMED_WITHIN,
    )


def listen(broker: Any, seconds: float) -> None:
    """Waits, and notices when the broker closes the connection. Raises what is in BROKER_AWAY."""
    with contextlib.suppress(TimeoutError):
        broker.drain_events(timeout=seconds)


def reason(error: Exception) -> str:
    """What happened, without the address and the account that a driver's message may hold."""
    what = "the database" if isinstance(error, Error) else "the broker"
    return f"{what} does not take it ({type(error).__name__})"
