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
