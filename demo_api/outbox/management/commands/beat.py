from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Keep the schedule: celery beat, which sends what is due to RabbitMQ. Run exactly one."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.RABBITMQ_URL:
            raise CommandError(
                "There is no broker to send to: set RABBITMQ_URL. Without one, `manage.py worker` keeps the schedule."
            )
        from demo_api.nexus.celery import app  # only these processes load Celery

        state = settings.BASE_DIR / "var" / "beat-schedule"
        state.parent.mkdir(exist_ok=True)
        app.start(["beat", f"--schedule={state}", "--loglevel=INFO", "--pidfile="])
