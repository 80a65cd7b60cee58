"""The lists of processes and of interventions."""

from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..escaping import escape_controls
from ..models import Intervention, Process
from .readonly import ReadOnlyAdmin


@admin.register(Process)
class ProcessAdmin(ReadOnlyAdmin):
    """The list of processes that keep a journal, and how many records they have lost."""

    list_display = ("__str__", "started_at", "seen_at", "ended_at", "dropped", "dropped_at")


@admin.register(Intervention)
class InterventionAdmin(ReadOnlyAdmin):
    """The list of what members of the staff did to streams: who, when, what and why."""

    list_display = ("at", "who", "action", "component", "stream", "why", "via", "taken")
    list_filter = ("action", "via")
    search_fields = ("stream_id",)
    search_help_text = _("The id of a stream")

    @admin.display(description=pgettext_lazy("stream", "Username"), ordering="username")
    def who(self, row: Intervention) -> str:
        return escape_controls(row.username)

    @admin.display(description=pgettext_lazy("stream", "Reason"), ordering="reason")
    def why(self, row: Intervention) -> str:
        return escape_controls(row.reason)

    @admin.display(description=pgettext_lazy("stream", "Stream"))
    def stream(self, row: Intervention) -> SafeString:
        page = f"{self.admin_site.name}:sse_pipeline_stream_change"
        return format_html(
            '<a href="{}">{}</a>', reverse(page, args=[row.stream_id]), row.stream_id
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Intervention], search_term: str
    ) -> tuple[QuerySet[Intervention], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(stream_id=UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False
