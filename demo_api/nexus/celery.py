"""The Celery application: what the relay publishes to and the workers consume from, when RABBITMQ_URL is set.

    celery -A demo_api.nexus.celery worker      is what `manage.py worker` starts
    celery -A demo_api.nexus.celery beat        is what `manage.py beat` starts

The options are in settings.py (CELERY_*). Web processes never import this module: they write to the outbox.
"""

import os
from typing import Any

from celery import Celery
from celery.worker.consumer import Consumer
from celery.worker.consumer.delayed_delivery import DelayedDelivery
from kombu.entity import Queue

from demo_api.outbox.selectors import MOST_DELIVERIES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")

# Replicated queues that write a message to disk before they confirm it, and that count its deliveries.
# https://www.rabbitmq.com/docs/quorum-queues
QUORUM = {"x-queue-type": "quorum"}
DEAD = Queue("nexus.dead", routing_key="nexus.dead", queue_arguments=QUORUM)  # type: ignore[no-untyped-call]
WORK = Queue(  # type: ignore[no-untyped-call]
    "nexus.work",
    routing_key="nexus.work",
    queue_arguments={
        **QUORUM,
        # A message whose worker died this often goes to the other queue. A task that raises is none of these: it
        # returns to the outbox, and is counted there. Nor is a job that makes no progress: its row counts to five.
        "x-delivery-limit": MOST_DELIVERIES,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": DEAD.name,
        "x-dead-letter-strategy": "at-least-once",  # it leaves the first queue when the second has confirmed it,
        "x-overflow": "reject-publish",  # which needs this
    },
)


class WithoutDelayedDelivery(Consumer):  # type: ignore[misc]  # Celery ships no types
    """Celery's consumer without the 28 queues for messages that are due later: the outbox keeps those."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        default_steps = [
            step
            for step in Consumer.Blueprint.default_steps
            if not step.endswith(f"{DelayedDelivery.__module__}:{DelayedDelivery.__name__}")
        ]


def declare(connection: Any) -> None:
    """Makes the two queues, unless they are there: a message to a queue that does not exist would be lost."""
    with connection.channel() as channel:
        for queue in (DEAD, WORK):
            queue(channel).declare()  # type: ignore[no-untyped-call]


app = Celery("nexus", task_cls="demo_api.outbox.delivery:OutboxTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [WORK]
app.conf.worker_consumer = f"{__name__}:{WithoutDelayedDelivery.__name__}"
app.autodiscover_tasks()
