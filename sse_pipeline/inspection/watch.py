"""`GET /streams/<uuid>/inspect/`: what a stream is doing, told to the staff while it does it."""

import asyncio
import time
from collections.abc import AsyncGenerator
from functools import partial
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async
from django.http import HttpRequest
from django.template.loader import render_to_string

from .. import frames, stores
from ..access import staff
from ..exceptions import StreamNotFound
from ..http.endpoint import Endpoint, Refusal
from ..http.replies import NO_CONTENT, Reply, last_event_id
from ..lifecycle.snapshot import Snapshot
from ..lifecycle.status import describe
from ..stores import TAIL, Store
from ..stores.bell import LoopBell
from ..stores.log import Log
from ..streams.plans import Plan, arun, wait

if TYPE_CHECKING:
    from .report import Report

#: Seconds between two reports: when nothing happens, and when much does.
INTERVAL = 1.0
BREATH = 0.25
#: Seconds that the journal has to hear how a stream ended, before the last report.
PATIENCE = 5.0


class Watch:
    """Reads like a `Reader`: a report when the stream changes, and each second, to the end."""

    def __init__(self, store: Store, stream_id: str, *, content: bool) -> None:
        self._store = store
        self._stream_id = stream_id
        self._content = content
        self._closed = False
        self._rung = asyncio.Event()

    def close(self) -> None:
        """Stop watching."""
        self._closed = True
        self._rung.set()

    def detach(self) -> None:
        """Do nothing: only who iterates is attached."""

    def rest(self) -> bytes:
        """Return nothing: a report that nobody waited for is of no use."""
        return b""

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        try:
            log = await arun(self._attach())
        except StreamNotFound:
            return
        bell = LoopBell.here()
        log.tap(bell, self._rung.set)
        ended: float | None = None
        try:
            while not self._closed:
                self._rung.clear()
                snapshot = await arun(_load(self._store, self._stream_id))
                if snapshot is None:
                    return
                if snapshot.terminal and ended is None:
                    ended = time.monotonic()
                late = ended is not None and time.monotonic() - ended > PATIENCE
                final, frame = await self._tell(snapshot, late=late)
                yield frame
                if final:
                    return
                await self._pause()
        finally:
            log.untap(bell, self._rung.set)
            self._store.detach(self._stream_id)

    def _attach(self) -> Plan[Log]:
        return (yield from wait(self._store.attach(self._stream_id, TAIL)))

    async def _tell(self, snapshot: Snapshot, *, late: bool) -> tuple[bool, bytes]:
        """Return whether this report is the last, and its frame."""
        html, behind = await database_sync_to_async(_render)(self._stream_id, content=self._content)
        final = snapshot.terminal and (late or not behind)
        told = describe(snapshot, self._store.now(), notes=self._content)
        fields = {**told, "html": html, "final": final}
        if not self._content:
            del fields["components"]  # which may have the text of an exception
        return final, frames.numbered(snapshot.version, frames.encode("inspection", fields))

    async def _pause(self) -> None:
        await asyncio.sleep(BREATH)
        try:
            await asyncio.wait_for(self._rung.wait(), INTERVAL - BREATH)
        except TimeoutError:
            return


def render(stream_id: str, *, content: bool) -> str:
    """Return the report on a stream as a piece of a page; "" where there is nothing to tell."""
    return _render(stream_id, content=content)[0]


def _render(stream_id: str, *, content: bool) -> tuple[str, bool]:
    """Return the same, and whether the journal is behind."""
    from .report import make_report  # noqa: PLC0415 - routes are known before models are

    found = make_report(stream_id, content=content)
    return ("", False) if found is None else (show(found), found.behind)


def show(found: "Report") -> str:
    """Return a report as a piece of a page."""
    return render_to_string("sse_pipeline/inspection.html", {"report": found})


class InspectConsumer(Endpoint):
    """Tells the staff what a stream is doing; the content of its frames to those who may see it."""

    async def get(self, request: HttpRequest) -> None:
        user = await staff.amember(request, staff.VIEW)
        if user is None:
            raise Refusal(403, "this is for members of the staff who may view streams")
        store, stream_id = stores.current(), str(self.scope["url_route"]["kwargs"]["stream_id"])
        snapshot = await arun(_load(store, stream_id))
        if snapshot is None:
            raise Refusal(404, "the store has no such stream")
        if snapshot.terminal and last_event_id(request) >= snapshot.version:
            await self.serve(NO_CONTENT)
            return
        content = await database_sync_to_async(partial(staff.may, user, staff.FRAMES))()
        watch = Watch(store, stream_id, content=content)
        await self.serve(Reply(200, None if request.method == "HEAD" else watch))


def _load(store: Store, stream_id: str) -> Plan[Snapshot | None]:
    return (yield from wait(store.load(stream_id)))
