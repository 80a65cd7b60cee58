"""The Django application."""

import logging
import sys
from contextlib import suppress

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import pgettext_lazy


class SSEPipelineConfig(AppConfig):
    """Registers the system checks, and connects the receivers of the signals."""

    name = "sse_pipeline"
    verbose_name = pgettext_lazy("stream", "SSE pipeline")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the declared events, register the checks, and connect the receivers.

        A worker of gunicorn runs this in its main thread, where alone signals can be handled.
        """
        from . import checks, journal, records  # noqa: F401
        from .access import departed_users
        from .archive import archivist
        from .journal import audit

        autodiscover_modules("sse_events")
        records.connect()
        journal.connect()
        audit.connect()
        archivist.connect()
        departed_users.connect()
        _connect_metrics()
        _connect_traces()
        if "gunicorn" in sys.modules:
            from .http.shutdown import process_end

            process_end.install_in_worker()

        # It logs several lines for each trigger, at INFO.
        transitions = logging.getLogger("transitions")
        if transitions.level == logging.NOTSET:
            transitions.setLevel(logging.WARNING)


def _connect_metrics() -> None:
    """Connect the metrics if the settings ask for them.

    Errors are left to the system checks: an exception here would keep `manage.py check` from
    running.
    """
    from . import conf

    with suppress(ImproperlyConfigured, ModuleNotFoundError):
        if conf.get().METRICS:
            from . import metrics

            metrics.connect()


def _connect_traces() -> None:
    """Connect the traces if the settings ask for them. Errors are left to the system checks."""
    from . import __version__, conf

    with suppress(ImproperlyConfigured, ModuleNotFoundError):
        if how := conf.get().TRACES:
            from .tracing import stream_spans

            stream_spans.connect(nested=how == "nested", version=__version__)
