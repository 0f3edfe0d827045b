from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from demo_api.catalog.graphql.schema import schema_text


class Command(BaseCommand):
    help = "Write the GraphQL schema as text: to the terminal, or to --file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, help="the file to write, such as docs/reference/schema.graphql")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"]:
            options["file"].write_text(schema_text(), encoding="utf-8", newline="\n")
        else:
            self.stdout.write(schema_text(), ending="")
