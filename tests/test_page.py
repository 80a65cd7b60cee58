"""The page, in a real Chromium: what is asserted is what a reader sees, and what the network saw."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Request, expect

from tests.servers import Server

TEXT = "Dr. Vega paid $3.50 for it. 🚲 <b>Not</b> bold & free.\n\n你好，世界。 And 👩‍🚀 waved back."
LONG = " ".join(f"Sentence {number} is not yet the last." for number in range(1, 13))
#: The page's word for a connection that needs no further request.
ENDED = "ended"

#: Keeps every `EventSource` and every piece of sound that a page starts, and the words it marks.
RECORDER = """
window.sources = [];
window.sounds = [];
window.marked = [];
window.EventSource = class extends EventSource {
  constructor(...options) { super(...options); window.sources.push(this); }
};
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when) {
  const { duration, length, sampleRate } = this.buffer;
  window.sounds.push({ when, duration, length, sampleRate });
  return start.call(this, when);
};
const add = Highlight.prototype.add;
Highlight.prototype.add = function (range) {
  const { startContainer: node, startOffset, endOffset } = range;
  window.marked.push(node.data.slice(startOffset, endOffset));
  return add.call(this, range);
};
"""

#: Presses a button in the very turn in which the log has a number of frames.
PRESS_AT_FRAME = """
([number, id]) => new Promise((resolve) => {
  const log = document.querySelector("#frames tbody");
  const seen = () => log.querySelectorAll("tr[data-event]").length;
  const observer = new MutationObserver(() => {
    if (seen() < number) return;
    observer.disconnect();
    document.getElementById(id).click();
    resolve(seen());
  });
  observer.observe(log, { childList: true });
})
"""


class Demonstration:
    """The page as a person uses it, and the requests that it makes."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[Request] = []
        page.on("request", self.requests.append)

    async def open(self, url: str) -> None:
        await self.page.add_init_script(RECORDER)
        await self.page.goto(url)

    async def ask(self, text: str, *, tokens_per_second: int = 500, **options: Any) -> None:
        page = self.page
        await page.get_by_role("textbox", name="Text").fill(text)
        await page.get_by_label("Tokens per second").fill(str(tokens_per_second))
        await page.get_by_label("Fault").select_option(options.get("fault", ""))
        await page.get_by_role("switch", name="Speech").set_checked(options.get("speech", True))
        await page.get_by_role("button", name="Answer").click()

    async def press_at_frame(self, number: int, button: str) -> int:
        """Press a button when the page has so many frames; returns how many it has then."""
        count: int = await self.page.evaluate(PRESS_AT_FRAME, [number, button])
        return count

    async def ends(self, state: str) -> None:
        present = self.page.locator("#machine [aria-current]")
        await expect(present).to_have_text(state, timeout=20_000)
        await expect(self.page.locator("#connection")).to_have_text(ENDED)

    async def text(self) -> str:
        text: str = await self.page.evaluate("document.getElementById('text').textContent")
        return text

    async def frames(self) -> list[tuple[int, str]]:
        rows = await self.page.locator("#frames tr[data-event]").evaluate_all(
            "rows => rows.map(({ dataset }) => [Number(dataset.id), dataset.event])"
        )
        return [(number, event) for number, event in rows]

    async def status_of(self, component: str) -> str:
        row = self.page.locator(f"[data-component={component}]")
        return await row.get_attribute("data-status") or ""

    async def sounds(self) -> list[dict[str, float]]:
        sounds: list[dict[str, float]] = await self.page.evaluate("window.sounds")
        return sounds

    async def open_sources(self) -> int:
        script = "window.sources.filter((source) => source.readyState !== 2).length"
        count: int = await self.page.evaluate(script)
        return count

    def paths(self) -> list[str]:
        """The paths that were asked for, but for the page and what it is made of."""
        paths = [urlsplit(request.url).path for request in self.requests]
        return [path for path in paths if path.startswith(("/answers/", "/streams/"))]

    @property
    def readings(self) -> list[Request]:
        return [each for each in self.requests if each.resource_type == "eventsource"]


@pytest_asyncio.fixture(loop_scope="session")
async def demonstration(page: Page, site: Server) -> Demonstration:
    demonstration = Demonstration(page)
    await demonstration.open(site.url)
    return demonstration


def assert_whole(frames: list[tuple[int, str]], last: str) -> None:
    """Each id was seen exactly once, in order, and the terminal frame last and only there."""
    assert [number for number, _ in frames] == list(range(1, len(frames) + 1))
    assert [event for _, event in frames if event in ("complete", "errored")] == [last]
    assert frames[-1][1] == last


def assert_gapless(sounds: list[dict[str, float]]) -> None:
    """Each piece of sound starts where the one before it ended, to the sample."""
    for before, after in zip(sounds, sounds[1:], strict=False):
        assert abs(before["when"] + before["duration"] - after["when"]) < 1 / after["sampleRate"]
    total = sounds[-1]["when"] + sounds[-1]["duration"] - sounds[0]["when"]
    assert total == pytest.approx(sum(sound["duration"] for sound in sounds), abs=1e-3)


async def test_an_answer_plays_to_its_end(demonstration: Demonstration) -> None:
    await demonstration.ask(TEXT)
    await demonstration.ends("complete")
    frames = await demonstration.frames()
    assert_whole(frames, "complete")
    assert await demonstration.text() == TEXT
    assert await demonstration.page.locator("#text *").count() == 0  # the markup in it is text
    assert await demonstration.status_of("text_generation") == "complete"
    assert await demonstration.status_of("tts_processing") == "complete"
    sounds = await demonstration.sounds()
    assert len(sounds) == sum(event == "audio" for _, event in frames) > 1
    assert_gapless(sounds)
    assert 3 < sum(sound["duration"] for sound in sounds) < 30


async def test_the_word_that_is_heard_is_marked(demonstration: Demonstration) -> None:
    await demonstration.page.get_by_label("Voice speed").fill("3")
    await demonstration.ask("🚲 你好 👩‍🚀 Stop")
    await demonstration.page.wait_for_function("() => window.marked.includes('Stop')")
    marked: list[str] = await demonstration.page.evaluate("window.marked")
    assert "".join(marked) in "🚲你好👩‍🚀Stop".replace("\u200d", "") or marked == []


async def test_a_broken_connection_is_resumed(demonstration: Demonstration) -> None:
    async with asyncio.TaskGroup() as tasks:
        breaking = tasks.create_task(demonstration.press_at_frame(20, "break"))
        await demonstration.ask(LONG)
    count = breaking.result()
    page = demonstration.page
    await expect(page.locator("#connection")).to_have_text("broken")
    assert len(await demonstration.frames()) == count
    await page.get_by_role("button", name="Resume").click()
    await demonstration.ends("complete")
    assert_whole(await demonstration.frames(), "complete")
    assert await demonstration.text() == LONG
    said = await page.locator("#continuity").text_content()
    assert said is not None
    assert f"Resumed after {count}: {count + 1} came next, nothing missing" in said
    assert [urlsplit(each.url).query for each in demonstration.readings] == [
        "",
        f"last_event_id={count}",
    ]
