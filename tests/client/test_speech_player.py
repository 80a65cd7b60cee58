"""The player of speech in Chromium: what is scheduled, and what is heard of it."""

from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from harness.servers import Server

RATE = 8000
#: A player whose clock is the test's, and a speech of 4 chunks of 500 ms with a word in each.
PLAYER = """
async () => {
  const { SpeechPlayer } = await import("/static/sse_pipeline/client/speech.js");
  Object.assign(window, { started: [], stopped: 0, words: [], states: [] });
  const { start, stop } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (at, offset = 0) {
    const rate = this.playbackRate.value;
    started.push({ at, offset, rate, seconds: (this.buffer.duration - offset) / rate });
    return start.call(this, at, offset);
  };
  AudioBufferSourceNode.prototype.stop = function (at) {
    stopped += 1;
    return stop.call(this, at);
  };
  window.player = new SpeechPlayer({
    sampleRate: RATE_OF_SPEECH,
    onState: () => states.push(player.state),
    onWord: (word) => words.push(word?.word ?? null),
  });
  player.unlock();
  player.begin();
  const audio = btoa("\\0\\x10".repeat(RATE_OF_SPEECH / 2));
  for (let index = 0; index < 4; index += 1) {
    const start_ms = 500 * index;
    const word = { word: "abcd"[index], start_ms, end_ms: start_ms + 400, from: index, to: index };
    player.addWords({ words: [word] });
    player.play({ audio, codec: "pcm_s16le", sample_rate: RATE_OF_SPEECH, channels: 1, segment: 1,
                  start_ms, duration_ms: 500 });
  }
}
""".replace("RATE_OF_SPEECH", str(RATE))


@pytest_asyncio.fixture(loop_scope="session")
async def player(page: Page, client_site: Server) -> Page:
    await page.goto(client_site.url)
    await page.evaluate(PLAYER)
    return page


async def scheduled(page: Page) -> Any:
    return await page.evaluate("started.splice(0)")


def assert_gapless(sounds: list[dict[str, float]]) -> None:
    for last, sound in pairwise(sounds):
        assert sound["at"] == pytest.approx(last["at"] + last["seconds"], abs=1 / RATE)


async def test_words_are_told_as_they_are_heard_to_the_end(player: Page) -> None:
    await player.wait_for_function("!player.pending")
    await player.wait_for_function("words.length >= 2 && words.at(-1) === null")
    words = [word for word in await player.evaluate("words") if word]
    assert words == sorted(set(words))
    assert "d" in words
    assert await player.evaluate("player.position") == 2000


async def test_a_pause_holds_the_sound_and_what_comes_meanwhile_waits(player: Page) -> None:
    await player.evaluate("player.pause()")
    await player.wait_for_function("states.at(-1) === 'paused'")
    assert await player.evaluate("[player.state, player.pending]") == ["paused", True]
    await player.evaluate("player.resume()")
    await player.wait_for_function("!player.pending")
    assert_gapless(await scheduled(player))


async def test_a_seek_begins_within_a_chunk_and_goes_back_too(player: Page) -> None:
    await scheduled(player)
    await player.evaluate("player.pause(), player.seek(1250)")
    later = await scheduled(player)
    assert [sound["offset"] for sound in later] == [pytest.approx(0.25), 0]
    assert_gapless(later)
    assert await player.evaluate("[player.position, stopped]") == [1250, 4]
    await player.evaluate("player.seek(0)")
    assert len(await scheduled(player)) == 4
    await player.evaluate("player.seek(1e9)")
    assert await scheduled(player) == []
    assert await player.evaluate("[player.position, player.pending]") == [2000, False]


async def test_the_rate_changes_what_is_scheduled_already(player: Page) -> None:
    await player.evaluate("player.pause(), player.seek(500)")
    await scheduled(player)
    await player.evaluate("player.rate = 2")
    faster = await scheduled(player)
    assert [(sound["rate"], sound["seconds"]) for sound in faster] == [(2, 0.25)] * 3
    assert_gapless(faster)
    assert await player.evaluate("player.rate = 9, player.rate") == 4


async def test_the_volume_is_that_of_every_speech(player: Page) -> None:
    await player.evaluate("player.volume = 0.5")
    assert await player.evaluate("player.begin(), player.volume") == 0.5
    assert await player.evaluate("player.volume = -1, player.volume") == 0


async def test_a_speech_that_is_stopped_is_not_heard_again(player: Page) -> None:
    await player.evaluate("player.stop(), player.seek(0)")
    assert await player.evaluate("[player.state, player.pending]") == ["stopped", False]
    await player.evaluate("player.begin()")
    assert await player.evaluate("[player.receivedMs, player.position]") == [0, 0]
