"""What every task is: one that returns to the outbox when it raised, instead of being lost or tried at once."""

import logging
import time
from typing import Any

from celery import Task
from celery.exceptions import Ignore, Reject
from django.db import Error, connection

from demo_api.outbox.services import pause_after, take_back

logger = logging.getLogger("demo_api.outbox")
DATABASE_PATIENCE = 8  # tries to reach a database that is away, some two minutes in all


class OutboxTask(Task):  # type: ignore[misc]  # Celery ships no types
    """A Celery task whose failures wait in the outbox, where they are counted and can be looked at.

    Only a worker of a broker needs that. The embedded worker calls the task "eagerly", has the entry still, and counts
    for itself.
    """

    returns_to_outbox = True  # False for a task whose job has promised its next run by itself when it raises

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except (Ignore, Reject):
            raise
        except Exception as error:
            if self.request.is_eager or self.request.called_directly:
                raise
            logger.exception("%s failed", self.name)
            if self.returns_to_outbox:
                self.back_to_the_outbox(kwargs, error)
            raise Ignore from None  # acknowledged: the entry stands for the message now

    def back_to_the_outbox(self, arguments: dict[str, Any], error: Exception) -> None:
        """Waits for the database, if that is what failed. Raises Reject, which gives the message to another worker."""
        attempts = int(self.request.get("outbox_attempts") or 0) + 1
        for attempt in range(DATABASE_PATIENCE):
            try:
                take_back(
                    uuid=self.request.id, task=self.name, arguments=arguments, attempts=attempts, error=repr(error)
                )
                return
            except Error:
                connection.close()
                time.sleep(pause_after(attempt + 1, longest=30).total_seconds())
        raise Reject(reason="the database is away", requeue=True)
