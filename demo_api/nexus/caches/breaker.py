"""A circuit breaker: who has just failed is not asked again for a while, so that nobody else waits for it."""

import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Literal

from django.dispatch import Signal

REST_SECONDS = 5.0  # between a failure and the next attempt

State = Literal["closed", "open", "half-open"]
breaker_moved = Signal()  # sent with `state`, after it has changed


class CircuitBreaker:
    """Closed: everybody may ask. Open: nobody, for REST_SECONDS. Then half-open: one caller tries for all.

    A caller that `allows()` lets through reports `succeeded()` or `failed()`. One that never does is not waited for:
    after another REST_SECONDS the next one may try.
    """

    def __init__(self, rest: float = REST_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.rest, self.clock = rest, clock
        self.state: State = "closed"
        self.next_attempt = 0.0
        self.lock = threading.Lock()

    def allows(self) -> bool:
        """Whether the caller may ask now."""
        if self.is_closed():
            return True
        with self.lock:
            if self.is_closed():  # meanwhile
                return True
            if self.clock() < self.next_attempt:
                return False
            self.next_attempt = self.clock() + self.rest
            self.move("half-open")
            return True

    def is_closed(self) -> bool:
        return self.state == "closed"

    def succeeded(self) -> None:
        if not self.is_closed():
            with self.lock:
                self.move("closed")

    def failed(self) -> None:
        with self.lock:
            self.next_attempt = self.clock() + self.rest
            self.move("open")

    def move(self, state: State) -> None:
        if state != self.state:
            self.state = state
            breaker_moved.send(sender=type(self), state=state)


@cache
def breaker_of(address: str) -> CircuitBreaker:
    """The one breaker of this process for a server."""
    return CircuitBreaker()
