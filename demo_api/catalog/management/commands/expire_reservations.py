from typing import Any

from django.core.management.base import BaseCommand

from demo_api.catalog.services import expire_reservations


class Command(BaseCommand):
    help = "Close every reservation whose time is over and give its stock back. A worker does it every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{expire_reservations()} reservation(s) expired.")
