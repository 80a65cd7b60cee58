"""The table of the archive. It is not in the admin: the page of a stream shows what it has."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ArchivedStream(models.Model):
    """An ended stream: its record, compressed."""

    id = models.UUIDField(primary_key=True, editable=False)
    owner = models.CharField(max_length=255, null=True, db_index=True)  # noqa: DJ001 - NULL: nobody
    kept_at = models.DateTimeField(auto_now_add=True)
    #: NULL for a stream that is kept for ever.
    expires_at = models.DateTimeField(null=True, db_index=True)
    #: The head of the record.
    head = models.BinaryField()
    data = models.BinaryField()

    objects: ClassVar[models.Manager[ArchivedStream]] = models.Manager()

    class Meta:
        app_label = "sse_pipeline_archive"  # else that of `sse_pipeline` without the application
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
