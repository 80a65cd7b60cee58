"""`manage.py sse_types`: writes the types of the declared events for clients."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...events.exports import to_json_schema, to_typescript


class Command(BaseCommand):
    """Writes the types of the declared events."""

    help = "Write the types of the declared events: as TypeScript, or as JSON Schema."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("language", choices=["typescript", "json-schema"])

    def handle(self, **options: Any) -> None:
        if options["language"] == "typescript":
            self.stdout.write(to_typescript(), ending="")
        else:
            self.stdout.write(json.dumps(to_json_schema(), indent=2))
