"""The Django application of the store: it has the migrations."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class DatabaseStoreConfig(AppConfig):
    """The tables of the streams, for sites that keep them in their own database."""

    name = "sse_pipeline.stores.database"
    label = "sse_pipeline_database"
    verbose_name = pgettext_lazy("stream", "SSE pipeline: streams in the database")
    default_auto_field = "django.db.models.BigAutoField"
