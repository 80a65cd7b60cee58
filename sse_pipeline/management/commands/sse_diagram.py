"""`manage.py sse_diagram`: prints the state machine."""

from typing import Any

from django.core.management.base import BaseCommand, no_translations

from ...lifecycle.diagram import mermaid


class Command(BaseCommand):
    """Prints the diagram of the state machine."""

    help = "Print the state machine of a stream as a Mermaid diagram."
    requires_system_checks = ()

    @no_translations
    def handle(self, **_: Any) -> None:
        self.stdout.write(mermaid())
