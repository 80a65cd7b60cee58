"""The tables of the demonstration site."""

from django.db import models


class AnswerKey(models.Model):
    """An `Idempotency-Key`, and the stream that answers its question.

    `holder` and `key` are digests: the texts of clients are of any length, and may be secrets.
    """

    holder = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    stream_id = models.UUIDField()
    question = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [  # noqa: RUF012
            models.UniqueConstraint(fields=["holder", "key"], name="answer_key_of_its_holder")
        ]
        indexes = [models.Index(fields=["at"], name="answer_key_age")]  # noqa: RUF012

    def __str__(self) -> str:
        return f"{self.stream_id} of {self.holder[:8]}"
