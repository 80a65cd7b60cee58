"""The tables of the demonstration site."""

from django.db import models


class KeptAnswer(models.Model):
    """An answer as its stream had it at the end, and how it ended.

    `holder` is a digest of whoever asked, and `token` that of the finalizer that kept it.
    """

    token = models.UUIDField(unique=True)
    holder = models.CharField(max_length=64)
    stream_id = models.UUIDField()
    question = models.TextField()
    text = models.TextField()
    outcome = models.CharField(max_length=32)
    heard_offset = models.BigIntegerField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["holder", "at"], name="kept_answers_of_a_holder")]  # noqa: RUF012

    def __str__(self) -> str:
        return f"{self.stream_id} of {self.holder[:8]}"
