"""The model by which the routers of a site choose the database of the streams.

The store reads and writes its tables without the ORM, over connections of its own.
"""

from django.db import models


class StoredStream(models.Model):
    """A stream that the store keeps."""

    id = models.TextField(primary_key=True)

    class Meta:
        app_label = (
            "sse_pipeline_database"  # else the label of `sse_pipeline` without the application
        )
        managed = False
        db_table = "sse_pipeline_database_stream"

    def __str__(self) -> str:
        return self.id
