from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Keep the schedule: celery beat, which sends what is due to RabbitMQ. Run exactly one."

    def add_arguments(self, parser: CommandParser) -> None:
        state = settings.BASE_DIR / "var" / "beat-schedule"
        parser.add_argument("--state", default=str(state), help="the file that remembers what was sent when")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.RABBITMQ_URL:
            raise CommandError(
                "There is no broker to send to: set RABBITMQ_URL. Without one, `manage.py worker` keeps the schedule."
            )
        from demo_api.nexus.celery import app  # only these processes load Celery

        Path(options["state"]).parent.mkdir(exist_ok=True)
        app.start(["beat", f"--schedule={options['state']}", "--loglevel=INFO", "--pidfile="])
