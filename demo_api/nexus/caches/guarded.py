"""Redis behind a circuit breaker: while it is away, a cache in the process stands in, and no request fails for it."""

import json
import logging
from functools import cache
from typing import Any, TypeVar, cast

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from demo_api.nexus.caches.breaker import breaker_of
from demo_api.nexus.caches.local import LocalCache

logger = logging.getLogger(__name__)
Value = TypeVar("Value")
FORGET = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"


class PlainSerializer:
    """Whole numbers, bytes and JSON. Never pickle: whoever can write to the cache could run code here."""

    def dumps(self, value: Any) -> bytes | int:
        if type(value) is int:  # not bool: Redis counts with it
            return value
        return b"b" + value if isinstance(value, bytes) else b"j" + json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        """The value; None for what none of us has written."""
        try:
            if data[:1] == b"b":
                return data[1:]
            return json.loads(data[1:]) if data[:1] == b"j" else int(data)
        except ValueError:
            return None


@cache
def client_of(address: str, prefix: str, **options: Any) -> RedisCacheClient:
    """One client, and so one pool of connections, for all threads of the process: Django makes one for each."""
    # redis-py would try again three times, and wait for each.
    return RedisCacheClient([address], retry=Retry(NoBackoff(), 0), **options)


class GuardedRedisCache(RedisCache):
    """Django's RedisCache. Each operation is tried when the breaker allows it, and done in the process otherwise.

    What stands in is not what Redis holds: counts begin anew, for this process alone, and answers are made again. That
    is all that is lost.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.breaker = breaker_of(server)
        self.local = LocalCache(f"{server} {params.get('KEY_PREFIX', '')}", params)
        self._class = lambda servers, **options: client_of(server, params.get("KEY_PREFIX", ""), **options)

    def attempt(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """The operation of Redis, or of the stand-in when Redis may not be asked, or does not answer."""
        if self.breaker.allows():
            try:
                result = getattr(Operations, operation)(self, *args, **kwargs)
            except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
                logger.warning("Redis is away, a cache in the process stands in: %s", type(error).__name__)
                self.breaker.failed()
            except exceptions.RedisError as error:  # it is there and says no: its memory is full, or it only reads
                logger.warning("Redis refused %s: %s", operation, error)
                self.breaker.succeeded()
            except ValueError:  # the key to be counted is not there
                self.breaker.succeeded()
                raise
            else:
                self.breaker.succeeded()
                return result
        return getattr(self.local, operation)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self.attempt("add", *args, **kwargs))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self.attempt("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self.attempt("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self.attempt("touch", *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self.attempt("delete", *args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(self.attempt("get_many", *args, **kwargs))

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self.attempt("has_key", *args, **kwargs))

    def incr(self, *args: Any, **kwargs: Any) -> int:
        return int(self.attempt("incr", *args, **kwargs))

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        return list(self.attempt("set_many", *args, **kwargs))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self.attempt("delete_many", *args, **kwargs)

    def clear(self) -> None:
        self.local.clear()
        self.attempt("clear")

    def count(self, key: str, seconds: int) -> int:
        return int(self.attempt("count", key, seconds))

    def forget(self, key: str, value: bytes) -> bool:
        return bool(self.attempt("forget", key, value))


class Operations(RedisCache):
    """What the guarded cache asks of Redis: Django's operations, two that Django lacks, and a gentler `clear`."""

    def count(self, key: str, seconds: int) -> int:
        """In one transaction and one round trip: no count can be lost, and none can be left without an end."""
        key = self.make_and_validate_key(key)
        pipeline = self._cache.get_client(key, write=True).pipeline()
        pipeline.set(key, 0, ex=seconds, nx=True)
        pipeline.incr(key)
        return cast(int, pipeline.execute()[1])

    def forget(self, key: str, value: bytes) -> bool:
        key = self.make_and_validate_key(key)
        found = self._cache.get_client(key, write=True).eval(FORGET, 1, key, PlainSerializer().dumps(value))
        return bool(found)

    def clear(self) -> None:
        """Our own keys: Django's would empty the whole database, whoever else keeps things there."""
        client = self._cache.get_client(None, write=True)
        keys = list(client.scan_iter(match=f"{self.key_prefix}:*", count=1000))
        if keys:
            client.delete(*keys)
