"""Whether RabbitMQ is there, asked in bounded time, for processes that only write to the outbox and load no Celery."""

import importlib
from typing import Any
from urllib.parse import unquote, urlsplit

PORTS = {"amqp": 5672, "amqps": 5671}


def greet(url: str, *, timeout: float) -> None:
    """Connects to the broker, signs in and leaves again. Raises OSError when that does not work in so many seconds."""
    amqp: Any = importlib.import_module("amqp")  # only where there is a broker: the reader's page has no such package
    parts = urlsplit(url)
    connection = amqp.Connection(
        host=f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}",
        userid=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        virtual_host=unquote(parts.path[1:]) or "/",
        ssl=parts.scheme == "amqps",
        connect_timeout=timeout,
        read_timeout=timeout,
        write_timeout=timeout,
    )
    try:
        connection.connect()
    except amqp.AMQPError as error:  # a wrong password, or no such virtual host
        raise ConnectionRefusedError(type(error).__name__) from None
    finally:
        connection.collect()
