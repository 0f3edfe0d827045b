import signal
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo_api.nexus.health import migrations


class Command(BaseCommand):
    help = "Pass what waits in the outbox on to RabbitMQ, until it is told to end. Several may run at once."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.RABBITMQ_URL:
            raise CommandError(
                "There is no broker to relay to: set RABBITMQ_URL. Without one, `manage.py worker` does the work alone."
            )
        if (found := migrations()) != "ok":
            raise CommandError(f"Migrations: {found}")
        from demo_api.outbox.relay import relay  # Celery, which only these processes load

        stop = Event()
        for name in ("SIGTERM", "SIGINT"):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
        relay(stop)
