"""The tables of the journal: what each stream did, and what the staff did to it.

Only the journal writes them. The foreign keys have no constraint in the database, because rows come
in any order. The row of a stream may come after its process was deleted, or from a process that
has no row yet. With a constraint one such row would fail a whole batch of others.
"""

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .lifecycle.registry import Status
from .lifecycle.snapshot import State, Verdict

#: The reason of a stream whose end the journal has lost. It is not a verdict of the lifecycle.
UNRECORDED = "unrecorded"

#: How states, verdicts and the statuses of components are shown.
_LABELS = {
    "streaming": pgettext_lazy("stream", "streaming"),
    "draining": pgettext_lazy("stream", "draining"),
    "complete": pgettext_lazy("stream", "complete"),
    "errored": pgettext_lazy("stream", "errored"),
    "pending": pgettext_lazy("stream", "pending"),
    "failed": pgettext_lazy("stream", "failed"),
    "timed_out": pgettext_lazy("stream", "timed out"),
    "lost": pgettext_lazy("stream", "lost"),
    "cancelled": pgettext_lazy("stream", "cancelled"),
    "stopped": pgettext_lazy("stream", "stopped"),
    "abandoned": pgettext_lazy("stream", "abandoned"),
    "component_failed": pgettext_lazy("stream", "component failed"),
    "error_reported": pgettext_lazy("stream", "error reported"),
    "timeout": pgettext_lazy("stream", "timeout"),
    "producer_lost": pgettext_lazy("stream", "producer lost"),
    "overflow": pgettext_lazy("stream", "overflow"),
    "shutdown": pgettext_lazy("stream", "shutdown"),
    "unrecorded": pgettext_lazy("stream", "unrecorded"),
}


def label(name: str) -> str:
    """Return how a state, a verdict or a status is shown, in the active language."""
    return str(_LABELS.get(name, name))


def _choices(names: Any) -> list[tuple[str, Any]]:
    return [(str(name), _LABELS[str(name)]) for name in names]


def _belongs_to(model: str, name: str, **options: Any) -> "models.ForeignKey[Any, Any]":
    # No index either: the primary keys begin with the stream, and a stream has indexes of its own.
    return models.ForeignKey(
        model, models.CASCADE, related_name=name, db_constraint=False, db_index=False, **options
    )


class Process(models.Model):
    """A process that keeps a journal. It is alive while its heartbeat is fresh."""

    id = models.UUIDField(
        pgettext_lazy("stream", "id"), primary_key=True, default=uuid.uuid4, editable=False
    )
    host = models.CharField(pgettext_lazy("stream", "host"), max_length=255)
    pid = models.PositiveIntegerField(pgettext_lazy("stream", "pid"))
    started_at = models.DateTimeField(pgettext_lazy("stream", "started at"))
    seen_at = models.DateTimeField(pgettext_lazy("stream", "seen at"))
    ended_at = models.DateTimeField(pgettext_lazy("stream", "ended at"), null=True)
    #: Records that came when the queue was full, or that the database refused.
    dropped = models.PositiveBigIntegerField(pgettext_lazy("stream", "dropped"), default=0)
    dropped_at = models.DateTimeField(pgettext_lazy("stream", "dropped at"), null=True)

    class Meta:
        default_permissions = ("view",)
        ordering = ("-seen_at",)
        verbose_name = pgettext_lazy("stream", "process")
        verbose_name_plural = pgettext_lazy("stream", "processes")

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Stream(models.Model):
    """A stream at the highest version that reached the journal."""

    id = models.UUIDField(primary_key=True, editable=False)
    version = models.PositiveIntegerField()
    state = models.CharField(
        pgettext_lazy("stream", "state"), max_length=16, choices=_choices(State)
    )
    # NULL, and not "": a partial index of the few rows with a reason stays small.
    reason = models.CharField(  # noqa: DJ001
        pgettext_lazy("stream", "reason"),
        max_length=32,
        null=True,
        choices=_choices([*Verdict, UNRECORDED]),
    )
    owner = models.CharField(max_length=255, null=True)  # noqa: DJ001
    process = _belongs_to("Process", "streams")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    components_total = models.PositiveIntegerField()
    #: How many of them are complete: one that was lost or has failed is not.
    components_done = models.PositiveIntegerField()
    frames = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    #: Whether the end was not announced: the reaper found that no process has the stream any more.
    presumed = models.BooleanField(default=False)
    #: The trace of its spans; "" for none. A process of an older release writes rows without it.
    trace_id = models.CharField(max_length=32, blank=True, db_default="")

    class Meta:
        default_permissions = ("view",)
        permissions = [
            ("view_frames", "Can see the content of frames"),
            ("cancel_stream", "Can cancel streams"),
            ("settle_component", "Can complete components by force"),
        ]
        ordering = ("-opened_at", "-id")
        verbose_name = pgettext_lazy("stream", "stream")
        verbose_name_plural = pgettext_lazy("stream", "streams")
        indexes = [
            models.Index(fields=["opened_at", "id"], name="sse_stream_opened"),
            models.Index(fields=["state", "opened_at", "id"], name="sse_stream_state"),
            models.Index(
                fields=["reason", "opened_at", "id"],
                name="sse_stream_reason",
                condition=models.Q(reason__isnull=False),
            ),
            models.Index(
                fields=["owner", "opened_at", "id"],
                name="sse_stream_owner",
                condition=models.Q(owner__isnull=False),
            ),
            models.Index(
                fields=["process"],
                name="sse_stream_open",
                condition=models.Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class StreamComponent(models.Model):
    """A component of a stream, as the registry of the stream had it at that version."""

    pk = models.CompositePrimaryKey("stream_id", "name")
    stream = _belongs_to("Stream", "components")
    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=_choices(Status))
    required = models.BooleanField()
    reason = models.CharField(max_length=255, blank=True)
    registered_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    frames = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    #: The summary of its work, as JSON; "" for none.
    summary = models.TextField(blank=True)

    class Meta:
        # The model was called Component once. The table keeps that name.
        db_table = "sse_pipeline_component"
        default_permissions = ()
        ordering = ("position",)

    def __str__(self) -> str:
        return self.name


class Transition(models.Model):
    """A change of state, or an event that decides how the stream will end."""

    pk = models.CompositePrimaryKey("stream_id", "version", "step")
    stream = _belongs_to("Stream", "transitions")
    version = models.PositiveIntegerField()
    step = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    trigger = models.CharField(max_length=32)
    #: The component that caused it; "" for none.
    component = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=16, choices=_choices(State))
    dest = models.CharField(max_length=16, choices=_choices(State))
    reason = models.CharField(max_length=255, blank=True)
    process = _belongs_to("Process", "transitions")

    class Meta:
        default_permissions = ()
        ordering = ("version", "step")

    def __str__(self) -> str:
        return f"{self.trigger}: {self.source} to {self.dest}"


class Intervention(models.Model):
    """An action of a member of the staff on a stream: who, when, what and why."""

    class Action(models.TextChoices):
        CANCEL = "cancel", _("cancelled the stream")
        STOP = "stop", _("stopped the stream")
        SETTLE = "settle", _("completed a component by force")

    stream_id = models.UUIDField(pgettext_lazy("stream", "stream id"), db_index=True)
    at = models.DateTimeField(pgettext_lazy("stream", "at"), auto_now_add=True)
    username = models.CharField(pgettext_lazy("stream", "username"), max_length=255)
    action = models.CharField(pgettext_lazy("stream", "action"), max_length=16, choices=Action)
    component = models.CharField(pgettext_lazy("stream", "component"), max_length=100, blank=True)
    reason = models.CharField(pgettext_lazy("stream", "reason"), max_length=255, blank=True)
    #: The way by which it came: `admin`, `http` or `shell`.
    via = models.CharField(pgettext_lazy("stream", "via"), max_length=16)
    #: Whether the action changed anything; None if its process ended before that was written.
    taken = models.BooleanField(pgettext_lazy("stream", "taken"), null=True)

    class Meta:
        default_permissions = ("view",)
        ordering = ("-at",)
        verbose_name = pgettext_lazy("stream", "intervention")
        verbose_name_plural = pgettext_lazy("stream", "interventions")

    def __str__(self) -> str:
        return f"{self.username} {self.get_action_display()}"
