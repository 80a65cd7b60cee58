"""The page of the demonstration when a component is taken over: that part alone begins anew."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Page, Route, expect

from harness.demonstration import Demonstration, assert_whole
from harness.servers import Server
from sse_pipeline import SSEHandler
from sse_pipeline.lifecycle import status

RESTART = b'"restart":true'
LOST, WHOLE = "The bridge opens at", "The bridge opens at nine."


def frames_of(handler: SSEHandler) -> list[bytes]:
    frames = b"".join(handler).split(b"\n\n")[:-1]
    return [frame + b"\n\n" for frame in frames]


def taken_over() -> Iterator[SSEHandler]:
    """Make an answer whose text is taken over, and then its citations; yield it to be read."""
    handler = SSEHandler()
    for name in ("text_generation", "retrieval"):
        handler.register_component(name, attempts=2)
    retrieval = handler.component("retrieval").__enter__()
    text = handler.component("text_generation").__enter__()
    retrieval.send("citation", url="of the first", title="Bridges", text="…")
    text.send("text", chunk=LOST, offset=0)
    with handler.component("text_generation") as text:
        text.send("text", chunk=WHOLE, offset=0)
        text.progress(0.5, "1 of 2 sentences")
    with handler.component("retrieval") as retrieval:
        retrieval.send("citation", url="of the second", title="Bridges", text="…")
    yield handler


class TakenOver:
    """Answers the page's requests with that stream; each reply ends before the next restart."""

    def __init__(self, handler: SSEHandler) -> None:
        self.handler = handler
        self.may_go_on = asyncio.Semaphore(1)
        self.replies = [b"retry: 10\n"]
        for frame in frames_of(handler):
            if RESTART in frame:
                self.replies.append(b"")
            self.replies[-1] += frame

    async def answer(self, route: Route) -> None:
        paths = {name: f"/taken-over/{name}/" for name in ("events", "status", "stop", "cancel")}
        await route.fulfill(status=201, json={"stream": self.handler.stream_id, **paths})

    async def events(self, route: Route) -> None:
        await self.may_go_on.acquire()
        await route.fulfill(body=self.replies.pop(0), content_type="text/event-stream")

    async def status(self, route: Route) -> None:
        await route.fulfill(json=status.describe(self.handler.snapshot(), 0.0))


@pytest_asyncio.fixture(loop_scope="session")
async def demonstration(page: Page, site: Server) -> Demonstration:
    demonstration = Demonstration(page)
    await demonstration.open(site.url)
    return demonstration


async def shown(page: Page) -> tuple[str, list[str]]:
    """Return the text of the answer, and its citations."""
    codes: list[Any] = await page.locator("#citations code").all_text_contents()
    return await page.locator("#text").text_content() or "", codes


async def test_the_part_that_another_attempt_makes_begins_anew_and_no_other(
    demonstration: Demonstration,
) -> None:
    page, stream = demonstration.page, TakenOver(next(taken_over()))
    await page.route("**/answers/", stream.answer)
    await page.route(re.compile("/taken-over/events/"), stream.events)
    await page.route("**/taken-over/status/", stream.status)
    assert len(stream.replies) == 3
    await demonstration.ask("Bridge?", speech=False)
    await expect(page.locator("#text")).to_have_text(LOST)
    stream.may_go_on.release()
    await expect(page.locator("#text")).to_have_text(WHOLE)
    assert await shown(page) == (WHOLE, ["of the first"])
    stream.may_go_on.release()
    await demonstration.ends("complete")
    assert await shown(page) == (WHOLE, ["of the second"])
    log = page.locator("#frames")
    await expect(log).to_contain_text("text_generation: pending, attempt 2 begins anew")
    await expect(log).to_contain_text("text_generation: pending, 50%, 1 of 2 sentences")
    assert_whole(await demonstration.frames(), "complete")
    assert await demonstration.components() == {
        "text_generation": "complete",
        "retrieval": "complete",
    }
