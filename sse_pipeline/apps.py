"""The Django application."""

import logging

from django.apps import AppConfig


class SSEPipelineConfig(AppConfig):
    """Registers the system checks, and connects those who listen to the flow."""

    name = "sse_pipeline"
    verbose_name = "SSE pipeline"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself; keep the steps of each transition out of the log."""
        from . import checks, journal  # noqa: F401
        from .journal import audit

        journal.connect()
        audit.connect()
        transitions = logging.getLogger("transitions")
        if transitions.level == logging.NOTSET:
            transitions.setLevel(logging.WARNING)
