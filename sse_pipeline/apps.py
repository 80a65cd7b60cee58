"""The Django application."""

import logging

from django.apps import AppConfig


class SSEPipelineConfig(AppConfig):
    """Registers the system checks."""

    name = "sse_pipeline"
    verbose_name = "SSE pipeline"

    def ready(self) -> None:
        """Import what registers itself; keep the steps of each transition out of the log."""
        from . import checks  # noqa: F401

        transitions = logging.getLogger("transitions")
        if transitions.level == logging.NOTSET:
            transitions.setLevel(logging.WARNING)
