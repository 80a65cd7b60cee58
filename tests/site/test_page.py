"""The page, in a real Chromium: what a reader sees and hears, and what the network saw of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, Request, expect

from harness.servers import HOST, Server

TEXT = "Dr. Vega paid $3.50 for it. 🚲 <b>Not</b> bold & free.\n\n你好世界。 And 👩‍🚀 waved back."
LONG = " ".join(f"Sentence {number} is not yet the last." for number in range(1, 9))

#: Keeps what a page makes: event sources, words, sound, and what it highlights.
RECORDER = """
Object.assign(window, { sources: [], words: [], sounds: [], marked: [] });
window.EventSource = class extends EventSource {
  constructor(...options) {
    super(...options);
    sources.push(this);
    this.addEventListener("words", ({ data }) => {
      words.push(...JSON.parse(data).words.map(({ word }) => word));
    });
  }
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

#: Waits until a word that comes after so many others is marked.
HEARD = """
(count) => new Promise((resolve) => {
  const look = () => {
    if (words.slice(count).some((word) => marked.includes(word))) resolve();
    else requestAnimationFrame(look);
  };
  look();
})
"""

MARK = """
async ([chunks, ranges]) => {
  const { SpokenText } = await import("/static/sse_pipeline/text.js");
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

    async def recorded(self, name: str) -> list[Any]:
        record: list[Any] = await self.page.evaluate(name)
        return record

    async def text_of(self, selector: str) -> str:
        return await self.page.locator(selector).text_content() or ""

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
        """The requests of event sources."""
        return [request for request in self.requests if request.resource_type == "eventsource"]


@pytest_asyncio.fixture(loop_scope="session")
async def demonstration(page: Page, site: Server) -> Demonstration:
    demonstration = Demonstration(page)
    await demonstration.open(site.url)
    return demonstration


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


async def test_an_answer_plays_to_the_end(demonstration: Demonstration) -> None:
    await demonstration.ask(TEXT)
    await demonstration.ends("complete")
    frames = await demonstration.frames()
    assert_whole(frames, "complete")
    assert await demonstration.text_of("#text") == TEXT
    assert await demonstration.page.locator("#text *").count() == 0
    assert await demonstration.components() == {
        "text_generation": "complete",
        "tts_processing": "complete",
    }
    sounds = await demonstration.recorded("sounds")
    assert len(sounds) == [event for _, event in frames].count("audio") > 1
    assert_gapless(sounds)
    assert 4 < sum(sound["duration"] for sound in sounds) < 40


async def test_the_word_that_is_heard_is_marked(demonstration: Demonstration) -> None:
    await demonstration.ask("🚲 你好 said one, two, three, four, five, six, seven.", speed=3)
    await demonstration.page.evaluate(HEARD, 3)
    words = iter(await demonstration.recorded("words"))
    marked = await demonstration.recorded("marked")
    assert all(word in words for word in marked)
    await demonstration.page.get_by_role("button", name="Stop sound").click()
    await expect(demonstration.page.locator("#sound-note")).to_have_text("The sound was stopped.")


async def test_offsets_are_code_points(demonstration: Demonstration) -> None:
    text = "a🚲b 你好 👩‍🚀 𐍈y"
    ranges = [(at, at + length) for length in (1, 2) for at in range(len(text) - 1)]
    marked = await demonstration.page.evaluate(MARK, [list(text), ranges])
    assert marked == [text[start:end] for start, end in ranges]


async def test_a_broken_connection_resumes(demonstration: Demonstration) -> None:
    seen = await demonstration.ask_and_press(LONG, 20, "break")
    await expect(demonstration.page.locator("#connection")).to_have_text("broken")
    assert await demonstration.text_of("#last-id") == str(seen)
    await demonstration.page.get_by_role("button", name="Resume").click()
    await demonstration.ends("complete")
    assert_whole(await demonstration.frames(), "complete")
    assert await demonstration.text_of("#text") == LONG
    assert_gapless(await demonstration.recorded("sounds"))
    continuity = await demonstration.text_of("#continuity")
    assert f"Resumed after {seen}: {seen + 1} came next, nothing missing" in continuity
    queries = [urlsplit(request.url).query for request in demonstration.readings]
    assert queries == ["", f"last_event_id={seen}"]


async def test_a_connection_that_is_cut_resumes_by_itself(page: Page, site: Server) -> None:
    demonstration = Demonstration(page)
    async with cutting_proxy(site, after=4000) as url:
        await demonstration.open(url)
        await demonstration.ask(LONG)
        await demonstration.ends("complete")
        assert_whole(await demonstration.frames(), "complete")
        assert await demonstration.text_of("#text") == LONG
        assert await demonstration.text_of("#connection-count") == "2"
        assert "came next, nothing missing, nothing repeated" in (
            await demonstration.text_of("#continuity")
        )
        assert await demonstration.recorded("sources.map(({ readyState }) => readyState)") == [2]
        again = await demonstration.readings[-1].all_headers()
        assert int(again["last-event-id"]) > 3


async def test_nothing_is_asked_for_after_the_end(demonstration: Demonstration) -> None:
    """An `EventSource` that nobody closes gives the time in which the page's might come back."""
    await demonstration.ask("Over and out.")
    await demonstration.ends("complete")
    assert await demonstration.recorded("sources.map(({ readyState }) => readyState)") == [2]
    before, path = len(demonstration.requests), urlsplit(demonstration.readings[0].url).path
    await demonstration.page.evaluate(READ_WITHOUT_CLOSING, path)
    first, second = demonstration.requests[before:]
    assert {first.resource_type, second.resource_type} == {"eventsource"}
    assert (await second.all_headers())["last-event-id"] == await demonstration.text_of("#last-id")
    statuses = [
        reply and reply.status for reply in (await first.response(), await second.response())
    ]
    assert statuses == [200, 204]


async def test_an_answer_is_cancelled(demonstration: Demonstration) -> None:
    await demonstration.ask_and_press(LONG, 12, "cancel", tokens_per_second=10)
    await demonstration.ends("errored")
    assert_whole(await demonstration.frames(), "errored")
    assert "cancelled" in await demonstration.text_of("#outcome")
    assert set((await demonstration.components()).values()) == {"cancelled"}
    assert LONG.startswith(await demonstration.text_of("#text"))


async def test_a_text_that_fails_ends_the_answer(demonstration: Demonstration) -> None:
    await demonstration.ask(LONG, fault="text")
    await demonstration.ends("errored")
    assert_whole(await demonstration.frames(), "errored")
    assert "component_failed" in await demonstration.text_of("#outcome")
    assert (await demonstration.components())["text_generation"] == "failed"


async def test_a_speech_that_fails_leaves_the_text(demonstration: Demonstration) -> None:
    await demonstration.ask(LONG, fault="speech")
    await demonstration.ends("complete")
    assert_whole(await demonstration.frames(), "complete")
    assert await demonstration.text_of("#text") == LONG
    assert await demonstration.components() == {
        "text_generation": "complete",
        "tts_processing": "failed",
    }


async def test_an_answer_without_speech(demonstration: Demonstration) -> None:
    await demonstration.ask(TEXT, speech=False)
    await demonstration.ends("complete")
    assert await demonstration.text_of("#text") == TEXT
    assert await demonstration.components() == {"text_generation": "complete"}
    assert await demonstration.recorded("sounds") == []
    await expect(demonstration.page.locator("#sound")).to_be_hidden()


async def test_without_an_audio_device_the_text_goes_on(page: Page, site: Server) -> None:
    demonstration = Demonstration(page)
    await page.add_init_script("delete window.AudioContext")
    await demonstration.open(site.url)
    await demonstration.ask(TEXT)
    await demonstration.ends("complete")
    assert await demonstration.text_of("#text") == TEXT
    await expect(page.locator("#sound-note")).to_contain_text("There is no audio device.")


async def test_another_answer_takes_the_place_of_the_last(demonstration: Demonstration) -> None:
    await demonstration.ask(LONG, tokens_per_second=5)
    await expect(demonstration.page.locator("#text")).to_contain_text("Sentence")
    await demonstration.ask("The second one.", speech=False)
    await demonstration.ends("complete")
    assert_whole(await demonstration.frames(), "complete")
    assert await demonstration.text_of("#text") == "The second one."


async def test_a_refusal_is_shown_in_the_words_of_the_server(demonstration: Demonstration) -> None:
    await demonstration.ask(" ")
    await expect(demonstration.page.get_by_role("alert")).to_have_text(
        "text must not be empty (400)"
    )
    assert demonstration.readings == []


@contextlib.asynccontextmanager
async def cutting_proxy(site: Server, after: int) -> AsyncIterator[str]:
    """Stand before the site, and cut the first stream of events after so many bytes of it."""
    uncut = [after]

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = None
        while data := await reader.read(4096):
            if uncut and b"content-type: text/event-stream" in data.lower():
                left = uncut.pop()
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
