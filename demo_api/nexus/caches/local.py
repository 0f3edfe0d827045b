"""The cache in the process: Django's, and two operations that a counter and a lock need."""

import threading
from typing import Protocol, cast

from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache

at_once = threading.Lock()  # for all of them: each step takes microseconds


class Cache(Protocol):
    """What this project's caches can do beyond Django's interface. Both are one round trip, and atomic."""

    def count(self, key: str, seconds: int) -> int:
        """Adds one to the number under `key`, which is gone `seconds` after it was begun; gives the number."""

    def forget(self, key: str, value: bytes) -> bool:
        """Deletes what is under `key` if it is `value`; says whether it was."""


def cache_named(name: str) -> Cache:
    """The cache of that name in settings.CACHES."""
    return cast(Cache, caches[name])


class LocalCache(LocMemCache):
    """Values live in this process, the least used are dropped first, and nothing is ever waited for."""

    def count(self, key: str, seconds: int) -> int:
        with at_once:
            self.add(key, 0, timeout=seconds)
            try:
                return self.incr(key)
            except ValueError:  # dropped between the two steps: the cache is full
                self.set(key, 1, timeout=seconds)
                return 1

    def forget(self, key: str, value: bytes) -> bool:
        with at_once:
            return self.get(key) == value and self.delete(key)
