"""The demonstration's page in a browser, as a person uses it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Request, expect

from harness.servers import HOST, Server

TEXT = "Dr. Vega paid $3.50 for it. 🚲 <b>Not</b> bold & free.\n\n你好世界。 And 👩‍🚀 waved back."
LONG = " ".join(f"Sentence {number} is not yet the last." for number in range(1, 9))

#: Keeps what a page gets and makes: the words of its frames, sound, and what it highlights.
RECORDER = """
Object.assign(window, { words: [], sounds: [], marked: [] });
const { parse } = JSON;
JSON.parse = (...options) => {
  const value = parse(...options);
  if (value?.type === "words") words.push(...value.words.map(({ word }) => word));
  return value;
};
const { start } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (at) {
  const { duration, sampleRate } = this.buffer;
  sounds.push({ now: this.context.currentTime, at, duration, sampleRate });
  return start.call(this, at);
};
const { add } = Highlight.prototype;
Highlight.prototype.add = function (range) {
  marked.push(range.startContainer.data.slice(range.startOffset, range.endOffset));
  return add.call(this, range);
};
"""

#: Presses a button in the very turn in which the log has so many frames, and tells how many.
PRESS = """
([count, button]) => new Promise((resolve) => {
  const log = document.querySelector("#frames tbody");
  const observer = new MutationObserver(() => {
    const seen = log.querySelectorAll("tr[data-event]").length;
    if (seen < count) return;
    observer.disconnect();
    document.getElementById(button).click();
    resolve(seen);
  });
  observer.observe(log, { childList: true });
})
"""

#: Reads a stream with an `EventSource` that nobody ever closes, until it has closed by itself.
READ_WITHOUT_CLOSING = """
(path) => new Promise((resolve) => {
  const source = new EventSource(path);
  source.onerror = () => source.readyState === EventSource.CLOSED && resolve();
})
"""

#: Whether a word that comes after so many others was marked.
HEARD = "(count) => words.slice(count).some((word) => marked.includes(word))"

COLOR = """
(variable) => {
  const probe = document.body.appendChild(document.createElement("p"));
  probe.style.color = `var(${variable})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
"""

MARK = """
async ([chunks, ranges]) => {
  const { SpokenText } = await import("/static/sse_pipeline/client/speech.js");
  const text = new SpokenText(document.getElementById("text"));
  chunks.forEach((chunk) => text.append(chunk));
  ranges.forEach(([from, to]) => text.mark(from, to));
  return marked;
}
"""


class Demonstration:
    """The page as a person uses it, and the requests that its scripts made."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[Request] = []

    async def open(self, url: str) -> None:
        await self.page.add_init_script(RECORDER)
        await self.page.goto(url)
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.resource_type in {"fetch", "eventsource"}:
            self.requests.append(request)

    async def ask(
        self,
        text: str,
        *,
        tokens_per_second: int = 500,
        speech: bool = True,
        speed: float = 1,
        fault: str = "",
    ) -> None:
        page = self.page
        await page.get_by_role("textbox", name="Text").fill(text)
        await page.get_by_label("Tokens per second").fill(str(tokens_per_second))
        await page.get_by_role("switch", name="Speech").set_checked(speech)
        await page.get_by_label("Voice speed").fill(str(speed))
        await page.get_by_label("Fault").select_option(fault)
        await page.get_by_role("button", name="Answer").click()

    async def ask_and_press(self, text: str, count: int, button: str, **options: Any) -> int:
        """Press a button as soon as the page has so many frames of an answer."""
        async with asyncio.TaskGroup() as tasks:
            pressing = tasks.create_task(self.page.evaluate(PRESS, [count, button]))
            await self.ask(text, **options)
        seen: int = pressing.result()
        return seen

    async def ends(self, state: str) -> None:
        present = self.page.locator("#machine [aria-current]")
        await expect(present).to_have_text(state, timeout=20_000)
        await expect(self.page.locator("#connection")).to_have_text("ended")

    async def hears(self, count: int) -> None:
        """Wait until a word is marked that comes after so many others."""
        await self.page.wait_for_function(HEARD, arg=count)

    async def sounds(self) -> list[dict[str, float]]:
        """Return the sounds of all `audio` frames that came, when the last one is decoded."""
        count = [event for _, event in await self.frames()].count("audio")
        await self.page.wait_for_function("(count) => sounds.length >= count", arg=count)
        return await self.recorded("sounds")

    async def recorded(self, name: str) -> list[Any]:
        record: list[Any] = await self.page.evaluate(name)
        return record

    async def text_of(self, selector: str) -> str:
        return await self.page.locator(selector).text_content() or ""

    async def color_of(self, variable: str) -> str:
        """Return a colour of the style sheet as the browser computes it."""
        color: str = await self.page.evaluate(COLOR, variable)
        return color

    async def frames(self) -> list[tuple[int, str]]:
        rows = await self.page.locator("#frames tr[data-event]").evaluate_all(
            "rows => rows.map(({ dataset }) => [Number(dataset.id), dataset.event])"
        )
        return [(number, event) for number, event in rows]

    async def components(self) -> dict[str, str]:
        rows = await self.page.locator("#components li").evaluate_all(
            "rows => rows.map(({ dataset }) => [dataset.component, dataset.status])"
        )
        return dict(rows)

    @property
    def readings(self) -> list[Request]:
        """The requests for the events of streams."""
        return [each for each in self.requests if urlsplit(each.url).path.endswith("/events/")]


def assert_whole(frames: list[tuple[int, str]], terminal: str) -> None:
    """Each id is there exactly once, in order, and the terminal frame last and only there."""
    assert [number for number, _ in frames] == list(range(1, len(frames) + 1))
    assert [event for _, event in frames[:-1] if event in {"complete", "errored"}] == []
    assert frames[-1][1] == terminal


def assert_gapless(sounds: list[dict[str, float]]) -> None:
    """Each sound starts where the last one ended, to the sample, unless it came later than that."""
    silence = 0.0
    for last, sound in pairwise(sounds):
        end = last["at"] + last["duration"]
        if sound["now"] <= end:
            assert sound["at"] == pytest.approx(end, abs=1 / sound["sampleRate"])
        else:
            assert sound["at"] > sound["now"]
            silence += sound["at"] - end
    whole = sounds[-1]["at"] + sounds[-1]["duration"] - sounds[0]["at"]
    assert whole == pytest.approx(sum(each["duration"] for each in sounds) + silence)


@contextlib.asynccontextmanager
async def cutting_proxy(site: Server, *after: int) -> AsyncIterator[str]:
    """Stand before the site, and cut the first streams of events after so many bytes of each."""
    uncut = list(after)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = None
        while data := await reader.read(4096):
            if uncut and b"content-type: text/event-stream" in data.lower():
                left = uncut.pop(0)
            writer.write(data[:left])
            await writer.drain()
            if left is not None:
                left -= len(data)
                if left <= 0:
                    break

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        origin, to_origin = await asyncio.open_connection(HOST, urlsplit(site.url).port)
        ways = {
            asyncio.create_task(forward(reader, to_origin)),
            asyncio.create_task(forward(origin, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_origin.close()
            writer.close()

    server = await asyncio.start_server(connect, HOST)
    async with server:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
