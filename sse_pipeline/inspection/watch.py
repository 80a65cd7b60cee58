"""`GET /streams/<uuid>/inspect/`: live reports on a stream, for the staff."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation

from .. import frames, stores
from ..access import staff
from ..access.actions import StreamAction
from ..exceptions import StreamNotFound
from ..http.endpoint import Endpoint, Refusal
from ..http.recheck import LoopRecheck
from ..http.replies import NO_CONTENT, Reply, last_event_id
from ..http.rights import Right
from ..lifecycle.snapshot import Snapshot
from ..lifecycle.status import describe
from ..stores import TAIL, Store
from ..stores.bell import LoopBell
from ..streams.plans import Plan, arun, attach, wait

if TYPE_CHECKING:
    from .report import Report


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """The times of a watch, in seconds."""

    #: The time between two reports when nothing happens.
    interval: float = 1.0
    #: The least time between two reports, however often the stream changes.
    pause: float = 0.25
    #: How long the last report waits for the journal to know how the stream ended.
    journal_timeout: float = 5.0


class Watch:
    """A source of chunks like `Reader`: a report at each change and each interval, to the end."""

    def __init__(
        self,
        store: Store,
        stream_id: str,
        *,
        content: bool,
        language: str,
        options: WatchOptions | None = None,
        right: Right | None = None,
    ) -> None:
        self._store = store
        self._stream_id = stream_id
        self._content = content
        self._language = language
        self._options = options or WatchOptions()
        self._right = right
        self._closed = False
        # Set by the bell of the log, and by `close`.
        self._rung = asyncio.Event()

    def close(self) -> None:
        """Stop watching."""
        self._closed = True
        self._rung.set()

    def rest(self) -> bytes:
        """Return nothing: an old report is of no use."""
        return b""

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        try:
            log = await arun(attach(self._store, self._stream_id, TAIL))
        except StreamNotFound:
            return
        bell = LoopBell.here()
        log.tap(bell, self._rung.set)
        ended: float | None = None
        try:
            with LoopRecheck(self._right, self.close):
                while not self._closed:
                    # Before the load: a change that comes after it sets the event again.
                    self._rung.clear()
                    snapshot = await arun(_load(self._store, self._stream_id))
                    if snapshot is None:
                        return
                    if snapshot.terminal and ended is None:
                        ended = time.monotonic()
                    late = ended is not None and self._is_late(ended)
                    final, frame = await self._make_frame(snapshot, late=late)
                    yield frame
                    if final:
                        return
                    await self._pause()
        finally:
            log.untap(bell, self._rung.set)
            self._store.detach(self._stream_id)

    async def _make_frame(self, snapshot: Snapshot, *, late: bool) -> tuple[bool, bytes]:
        """Return whether this report is the last one, and its frame."""
        rendered = database_sync_to_async(partial(_render_in, self._language))
        html, behind = await rendered(self._stream_id, content=self._content)
        final = snapshot.terminal and (late or not behind)
        described = describe(snapshot, self._store.now(), notes=self._content)
        fields = {**described, "html": html, "final": final}
        if not self._content:
            del fields["components"]  # they may have the text of an exception
        return final, frames.numbered(snapshot.version, frames.encode("inspection", fields))

    def _is_late(self, ended: float) -> bool:
        return time.monotonic() - ended > self._options.journal_timeout

    async def _pause(self) -> None:
        await asyncio.sleep(self._options.pause)
        rest = self._options.interval - self._options.pause
        # `asyncio.wait_for` loses a cancellation on Python 3.11: see `streams.flags`.
        with suppress(TimeoutError):
            async with asyncio.timeout(rest):
                await self._rung.wait()


def render(stream_id: str, *, content: bool) -> str:
    """Return the report on a stream as HTML; "" if the stream is not known."""
    return _render(stream_id, content=content)[0]


def _render(stream_id: str, *, content: bool) -> tuple[str, bool]:
    """Return the same, and whether the journal is behind the store."""
    from .report import make_report  # noqa: PLC0415 - the routes are imported before the models

    found = make_report(stream_id, content=content)
    return ("", False) if found is None else (render_report(found), found.behind)


def _render_in(language: str, stream_id: str, *, content: bool) -> tuple[str, bool]:
    with translation.override(language):
        return _render(stream_id, content=content)


def render_report(report: "Report") -> str:
    """Return a report as a piece of HTML."""
    return render_to_string("sse_pipeline/inspection.html", {"report": report})


class InspectConsumer(Endpoint):
    """Sends the staff live reports on a stream; with content if the user may see it."""

    watch_options = WatchOptions()

    async def get(self, request: HttpRequest) -> None:
        store, stream_id = stores.current(), str(self.scope["url_route"]["kwargs"]["stream_id"])
        user = await staff.amember(request, stream_id, StreamAction.READ, staff.VIEW)
        if user is None:
            raise Refusal(403, "this is for members of the staff with permission to view streams")
        language = _language(request)
        snapshot = await arun(_load(store, stream_id))
        if snapshot is None:
            raise Refusal(404, "the store has no such stream")
        if snapshot.terminal and last_event_id(request) >= snapshot.version:
            await self.serve(NO_CONTENT)
            return
        content = await database_sync_to_async(partial(staff.may, user, staff.FRAMES))()
        watch = Watch(
            store,
            stream_id,
            content=content,
            language=language,
            options=self.watch_options,
            right=Right(request, partial(_may_watch, stream_id, content=content)),
        )
        await self.serve(Reply(200, None if request.method == "HEAD" else watch))


def _may_watch(stream_id: str, request: HttpRequest, *, content: bool) -> bool:
    """Return whether the sender may still watch as before; a page that may not comes back."""
    user = staff.member(request, stream_id, StreamAction.READ, staff.VIEW)
    return user is not None and staff.may(user, staff.FRAMES) == content


def _language(request: HttpRequest) -> str:
    """Return the language that a request names; that of the site if it names none."""
    name = request.GET.get("language", settings.LANGUAGE_CODE)
    try:
        return translation.get_supported_language_variant(name)
    except LookupError:
        raise Refusal(400, "language: the site does not have this language") from None


def _load(store: Store, stream_id: str) -> Plan[Snapshot | None]:
    return (yield from wait(store.load(stream_id)))
