import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from demo_api.catalog.seeding import seed_accounts, seed_catalogue, seed_generated

MOST = 5_000_000


def count(text: str) -> int:
    """argparse's type for --count."""
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {MOST:,}.")
    return int(text)


class Command(BaseCommand):
    help = "Add the curated catalogue and the demo accounts; with --count, generated products as well. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--count", type=count, default=0, help="how many generated products there are to be besides"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        accounts, products = seed_accounts(), seed_catalogue()
        wanted = options["count"]
        with tqdm(total=wanted, unit=" products", disable=not wanted or options["verbosity"] == 0) as bar:
            generated = seed_generated(wanted, bar.update)
        if options["verbosity"]:
            self.stdout.write(f"Added {products} curated and {generated} generated products, {accounts} demo accounts.")
