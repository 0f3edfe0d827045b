import argparse
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from demo_api.catalog.media import OLD_ENOUGH, take_inventory
from demo_api.nexus.storage import discard

MOST = 60 * 24 * 365  # minutes


def minutes(text: str) -> timedelta:
    """argparse's type for --older-than."""
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of minutes from 0 to {MOST:,}.")
    return timedelta(minutes=int(text))


class Command(BaseCommand):
    help = (
        "Find stored pictures that no product names, which a killed process may leave behind; with --delete, delete "
        "them. Also names the products' pictures that are missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete what is found; without it, only list it")
        parser.add_argument(
            "--older-than",
            type=minutes,
            default=OLD_ENOUGH,
            metavar="MINUTES",
            help="leave younger files alone: an upload may be under way (60 without it)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = take_inventory(older_than=options["older_than"])
        for name in found.orphans:
            if options["delete"]:
                discard(name)
            self.stdout.write(f"orphan: {name}")
        for name in found.missing:
            self.stdout.write(f"missing: {name}")
        done = "deleted" if options["delete"] else "found; --delete deletes them"
        self.stdout.write(f"{len(found.orphans)} orphan(s) {done}. {len(found.missing)} picture(s) missing.")
