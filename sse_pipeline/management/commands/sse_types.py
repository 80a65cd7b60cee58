"""`manage.py sse_types`: writes the types of the declared events for clients."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ... import __version__
from ...events.exports import to_json_schema, to_openapi, to_typescript

#: What is written as JSON.
DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "json-schema": to_json_schema,
    "openapi": partial(to_openapi, __version__),
}


class Command(BaseCommand):
    """Writes the types of the declared events."""

    help = "Write the types of the declared events: as TypeScript, JSON Schema or OpenAPI."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("language", choices=["typescript", *DOCUMENTS])

    def handle(self, **options: Any) -> None:
        if options["language"] == "typescript":
            self.stdout.write(to_typescript(), ending="")
        else:
            self.stdout.write(json.dumps(DOCUMENTS[options["language"]](), indent=2))
