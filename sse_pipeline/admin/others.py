"""The lists of processes and of what the staff did."""

from django.contrib import admin

from ..models import Intervention, Process
from .readonly import ReadOnlyAdmin


@admin.register(Process)
class ProcessAdmin(ReadOnlyAdmin):
    """The processes that keep a journal, and what they have lost."""

    list_display = ("__str__", "started_at", "seen_at", "ended_at", "dropped", "dropped_at")


@admin.register(Intervention)
class InterventionAdmin(ReadOnlyAdmin):
    """What members of the staff did to streams: who, when, what and why."""

    list_display = ("at", "username", "action", "component", "stream_id", "reason", "via", "taken")
    list_filter = ("action", "via")
