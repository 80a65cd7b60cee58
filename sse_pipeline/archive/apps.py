"""The Django application of the archive: it has the migration."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class ArchiveConfig(AppConfig):
    """The table of the archive, for sites that keep it in their database."""

    name = "sse_pipeline.archive"
    label = "sse_pipeline_archive"
    verbose_name = pgettext_lazy("stream", "SSE pipeline: archive")
    default_auto_field = "django.db.models.BigAutoField"
