"""The list of streams, and the page of one stream."""

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from .. import conf
from ..access import owners, staff
from ..escaping import escape_controls
from ..exceptions import NotRecorded, StreamNotFound
from ..inspection import interventions
from ..inspection.report import Report, make_report
from ..inspection.times import format_duration, seconds_between, to_local
from ..inspection.watch import render_report
from ..models import Process, Stream, label
from .forms import CancelForm, SettleForm, StopForm
from .readonly import ReadOnlyAdmin
from .search import search_streams

NOT_HERE = _(
    "This process has not got the stream: it can be reached only where it runs, or it is forgotten."
)


class StaffAction(NamedTuple):
    """An action that a member of the staff asks for.

    `record` says in Django's log of the admin that it was done, in English for all who read it.
    `message` says it to the member of the staff. `act` carries the action out: it takes the reason,
    and returns False if the stream is over.
    """

    record: str
    message: str
    act: Callable[[str], bool]


@admin.register(Stream)
class StreamAdmin(ReadOnlyAdmin):
    """The list of streams, and the page of each."""

    list_display = ("name", "badge", "reason", "short_owner", "opened", "age", "components")
    list_display_links = ("name",)
    list_filter = ("state", "reason")
    search_fields = ("id", "owner")
    search_help_text = _("The beginning of an id, an owner such as user:7, or the name of a user")
    date_hierarchy = "opened_at"
    sortable_by = ("opened",)
    change_list_template = "admin/sse_pipeline/stream/change_list.html"

    class Media:
        css = {"all": ("sse_pipeline/inspection.css",)}  # noqa: RUF012

    @admin.display(description=pgettext_lazy("stream", "Stream"))
    def name(self, stream: Stream) -> SafeString:
        return format_html('<code title="{}">{}</code>', stream.pk, str(stream.pk)[:8])

    @admin.display(description=pgettext_lazy("stream", "State"))
    def badge(self, stream: Stream) -> SafeString:
        return format_html(
            '<span class="sse-badge sse-{}">{}</span>', stream.state, label(stream.state)
        )

    @admin.display(description=pgettext_lazy("stream", "Owner"))
    def short_owner(self, stream: Stream) -> str | SafeString:
        if not stream.owner:
            return pgettext("stream", "nobody")
        owner = escape_controls(stream.owner)
        shown = escape_controls(getattr(stream, "owner_name", "")) or owner
        short = f"{shown[:17]}…" if len(shown) > 18 else shown
        return format_html('<span title="{}">{}</span>', owner, short)

    @admin.display(description=pgettext_lazy("stream", "Opened"), ordering="opened_at")
    def opened(self, stream: Stream) -> SafeString:
        # Two pieces: a narrow list breaks between them.
        at = to_local(stream.opened_at)
        piece = '<span class="sse-number">{}</span>'
        return format_html(f"{piece} {piece}", f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}")

    @admin.display(description=pgettext_lazy("stream", "Age"))
    def age(self, stream: Stream) -> SafeString:
        until = stream.ended_at or timezone.now()
        seconds = max(0.0, seconds_between(stream.opened_at, until))
        return format_html('<span class="sse-number">{}</span>', format_duration(seconds))

    @admin.display(description=pgettext_lazy("stream", "Done"))
    def components(self, stream: Stream) -> SafeString:
        done, total = stream.components_done, stream.components_total
        text = pgettext("stream", "{done} of {total}").format(done=done, total=total)
        lacking = " sse-lacking" if stream.ended_at and done < total else ""
        return format_html('<span class="sse-number{}">{}</span>', lacking, text)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Stream], search_term: str
    ) -> tuple[QuerySet[Stream], bool]:
        return (search_streams(queryset, search_term) if search_term.strip() else queryset), False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes = super().get_changelist_instance(request)
        names = owners.names_of(stream.owner for stream in changes.result_list)
        for stream in changes.result_list:
            stream.owner_name = names.get(stream.owner, "")
        return changes

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        lost = Process.objects.aggregate(lost=Sum("dropped"))["lost"] or 0
        kept = conf.get().JOURNAL
        context = {
            "title": pgettext("stream", "Streams"),
            "lost": lost,
            "journaled": kept,
            **(extra_context or {}),
        }
        try:
            return super().changelist_view(request, context)
        except OverflowError:  # a URL that names the month after the last one of all dates
            return HttpResponseRedirect(f"{request.path}?e=1")

    def get_urls(self) -> list[Any]:
        # What is written down stays, even if the rest of the request fails after the action.
        cancel = transaction.non_atomic_requests(self.admin_site.admin_view(self.cancel_view))
        stop = transaction.non_atomic_requests(self.admin_site.admin_view(self.stop_view))
        settle = transaction.non_atomic_requests(self.admin_site.admin_view(self.settle_view))
        # Before the URLs of Django, since the last of those takes any path as the id of a row.
        return [
            path("<uuid:stream_id>/cancel/", cancel, name="sse_stream_cancel"),
            path("<uuid:stream_id>/stop/", stop, name="sse_stream_stop"),
            path("<uuid:stream_id>/settle/", settle, name="sse_stream_settle"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a stream: from the store if this process reaches it there, else from the journal."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = self._report(request, object_id)
        if report is None:
            messages.warning(request, _("There is no such stream, or it is no longer kept."))
            return HttpResponseRedirect(self._url("changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": pgettext("stream", "Stream {id}").format(id=report.stream_id),
            "media": self.media,
            "report": report,
            "fragment": render_report(report),
            "source": _source(report),
            **self._forms(request, report),
        }
        template = "admin/sse_pipeline/stream/page.html"
        return TemplateResponse(request, template, context)

    def cancel_view(self, request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
        """Cancel a stream."""
        form = CancelForm(request.POST)

        def act(reason: str) -> bool:
            return interventions.cancel(str(stream_id), request.user, reason)

        action = StaffAction("Cancelled the stream", gettext("Cancelled the stream."), act)
        return self._step_in(request, stream_id, staff.CANCEL, form, action)

    def stop_view(self, request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
        """Stop a stream: what it has counts."""
        form = StopForm(request.POST)

        def act(reason: str) -> bool:
            return interventions.stop(str(stream_id), request.user, reason)

        action = StaffAction("Stopped the stream", gettext("Stopped the stream."), act)
        return self._step_in(request, stream_id, staff.CANCEL, form, action)

    def settle_view(self, request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
        """Complete a component by force."""
        report = self._report(request, str(stream_id))
        form = SettleForm(request.POST, pending=_pending(report))

        def act(reason: str) -> bool:
            component = form.cleaned_data["component"]
            return interventions.settle(str(stream_id), request.user, component, reason)

        name = request.POST.get("component", "")
        message = gettext("Completed {component} by force.").format(component=name)
        action = StaffAction(f"Completed {name} by force", message, act)
        return self._step_in(request, stream_id, staff.SETTLE, form, action)

    def _step_in(
        self,
        request: HttpRequest,
        stream_id: uuid.UUID,
        permission: str,
        form: forms.Form,
        action: StaffAction,
    ) -> HttpResponse:
        if request.method != "POST" or not staff.may(request.user, staff.VIEW, permission):
            raise PermissionDenied
        back = HttpResponseRedirect(self._url("change", stream_id))
        if not form.is_valid():
            messages.error(request, _("Nothing was done: say why, and choose what is pending."))
            return back
        reason = form.cleaned_data["reason"]
        try:
            taken = action.act(reason)
        except StreamNotFound:
            messages.error(request, NOT_HERE)
            return back
        except NotRecorded:
            messages.error(request, _("Nothing was done: the database takes no record of it now."))
            return back
        if taken:
            what = escape_controls(f"{action.record}: {reason}")
            self.log_change(request, Stream(pk=stream_id), what)
            messages.success(request, action.message)
        else:
            messages.warning(request, _("Nothing was done: it was over already."))
        return back

    def _url(self, page: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:sse_pipeline_stream_{page}", args=args)

    def _report(self, request: HttpRequest, stream_id: str) -> Report | None:
        try:
            key = str(uuid.UUID(stream_id))
        except ValueError:
            return None
        return make_report(key, content=staff.may(request.user, staff.FRAMES))

    def _forms(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        """Return the forms that this user may use on this stream."""
        offered: dict[str, Any] = {}
        if report.live and not report.ended:
            if staff.may(request.user, staff.CANCEL):
                offered["cancel_form"] = CancelForm(auto_id="cancel_%s")
                offered["stop_form"] = StopForm(auto_id="stop_%s")
            if staff.may(request.user, staff.SETTLE) and _pending(report):
                offered["settle_form"] = SettleForm(auto_id="settle_%s", pending=_pending(report))
        return offered


def _pending(report: Report | None) -> tuple[str, ...]:
    return tuple(work.name for work in report.works if work.pending) if report else ()


def _source(report: Report) -> str:
    """Return the URL that sends the changes of a stream; "" if there will be none."""
    if not report.live or (report.ended and not report.behind):
        return ""
    try:
        url = reverse("stream-inspect", "sse_pipeline.routing", [report.stream_id])
    except NoReverseMatch:  # the site serves no streams
        return ""
    # The language may come from a middleware of the site. The route runs no middleware.
    return f"{url}?{urlencode({'language': get_language() or settings.LANGUAGE_CODE})}"
