"""The Django application."""

import logging
from contextlib import suppress

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class SSEPipelineConfig(AppConfig):
    """Registers the system checks, and connects those who listen to the flow."""

    name = "sse_pipeline"
    verbose_name = "SSE pipeline"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself; keep the steps of each transition out of the log."""
        from . import checks, journal, records  # noqa: F401
        from .journal import audit

        records.connect()
        journal.connect()
        audit.connect()
        _connect_metrics()

        transitions = logging.getLogger("transitions")
        if transitions.level == logging.NOTSET:
            transitions.setLevel(logging.WARNING)


def _connect_metrics() -> None:
    """Connect them where they are wanted; where they can't be, the system checks say why."""
    from . import conf

    with suppress(ImproperlyConfigured, ModuleNotFoundError):
        if conf.get().METRICS:
            from . import metrics

            metrics.connect()
