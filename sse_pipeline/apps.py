"""The Django application."""

from django.apps import AppConfig


class SSEPipelineConfig(AppConfig):
    """Registers the system checks."""

    name = "sse_pipeline"
    verbose_name = "SSE pipeline"

    def ready(self) -> None:
        """Import what registers itself."""
        from . import checks  # noqa: F401
