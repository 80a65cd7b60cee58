"""The page, in a real Chromium: what a reader sees and hears, and what the network saw of it."""

from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import Page, expect

from harness.demonstration import (
    LONG,
    MARK,
    READ_WITHOUT_CLOSING,
    TEXT,
    Demonstration,
    assert_gapless,
    assert_whole,
    cutting_proxy,
)
from harness.servers import Server


@pytest_asyncio.fixture(loop_scope="session")
async def demonstration(page: Page, site: Server) -> Demonstration:
    demonstration = Demonstration(page)
    await demonstration.open(site.url)
    return demonstration


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
        "save": "complete",
    }
    sounds = await demonstration.sounds()
    assert len(sounds) == [event for _, event in frames].count("audio") > 1
    told = [event for _, event in frames]
    assert told.index("draining") > max(at for at, event in enumerate(told) if event == "text")
    passed = demonstration.page.locator("#machine .passed")
    await expect(passed).to_have_text(["streaming", "draining"])
    assert_gapless(sounds)
    assert 4 < sum(sound["duration"] for sound in sounds) < 40


async def test_the_word_that_is_heard_is_marked(demonstration: Demonstration) -> None:
    await demonstration.ask("🚲 你好 said one, two, three, four, five, six, seven.", speed=3)
    await demonstration.hears(3)
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
    await expect(demonstration.page.locator("#connection")).to_have_text("paused")
    assert await demonstration.text_of("#last-id") == str(seen)
    await demonstration.page.get_by_role("button", name="Resume").click()
    await demonstration.ends("complete")
    assert_whole(await demonstration.frames(), "complete")
    assert await demonstration.text_of("#text") == LONG
    assert_gapless(await demonstration.sounds())
    continuity = await demonstration.text_of("#continuity")
    assert f"Resumed after {seen}: {seen + 1} came next, nothing missing" in continuity
    queries = [urlsplit(request.url).query for request in demonstration.readings]
    assert queries == ["", f"last_event_id={seen}"]


async def test_a_connection_that_is_cut_resumes_by_itself(page: Page, site: Server) -> None:
    demonstration = Demonstration(page)
    async with cutting_proxy(site, 4000) as url:
        await demonstration.open(url)
        await demonstration.ask(LONG)
        await demonstration.ends("complete")
        assert_whole(await demonstration.frames(), "complete")
        assert await demonstration.text_of("#text") == LONG
        assert await demonstration.text_of("#connection-count") == "2"
        continuity = await demonstration.text_of("#continuity")
        assert "came next, nothing missing, nothing repeated" in continuity
        # Chromium drops bytes that the page has not read when the connection breaks.
        _, again = (urlsplit(request.url).query for request in demonstration.readings)
        assert f"Resumed after {again.removeprefix('last_event_id=') or 0}:" in continuity


async def test_a_reload_in_the_middle_goes_on(demonstration: Demonstration) -> None:
    page = demonstration.page
    await demonstration.ask(LONG, tokens_per_second=40)
    await page.wait_for_function("() => document.getElementById('heard').value > 1500")
    await page.reload()
    await demonstration.ends("complete")
    assert_whole(await demonstration.frames(), "complete")
    assert await demonstration.text_of("#text") == LONG
    await page.wait_for_function("() => sounds.length")  # packets of Opus are decoded later
    audio = [event for _, event in await demonstration.frames()].count("audio")
    assert len(await demonstration.recorded("sounds")) < audio
    await page.goto("about:blank")
    await page.go_back()
    await demonstration.ends("complete")
    assert await demonstration.text_of("#text") == LONG


async def test_the_keyboard_alone_is_enough_and_the_focus_is_never_lost(
    demonstration: Demonstration,
) -> None:
    page = demonstration.page
    await page.get_by_role("textbox", name="Text").fill(LONG)
    await page.keyboard.press("Control+Enter")
    for name in ("Stop", "Break the connection", "Resume", "Cancel"):
        button = page.get_by_role("button", name=name, exact=True)
        await expect(button).to_be_enabled()
        await button.focus()
        await page.keyboard.press("Enter")
        await expect(button).to_be_focused()
        if name == "Stop":  # it ends the stream: the others need another one
            await demonstration.ends("complete")
            await expect(button).to_be_disabled()
            await page.keyboard.press("Enter")
            await page.get_by_role("button", name="Answer").focus()
            await page.keyboard.press("Enter")


async def test_nothing_is_asked_for_after_the_end(demonstration: Demonstration) -> None:
    """An `EventSource` that is never closed comes back; the page would by then, too."""
    await demonstration.ask("Over and out.")
    await demonstration.ends("complete")
    [reading] = demonstration.readings
    before, path = len(demonstration.requests), urlsplit(reading.url).path
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
    assert await demonstration.components() == {
        "text_generation": "cancelled",
        "tts_processing": "cancelled",
        "save": "complete",
    }
    present = demonstration.page.locator("#machine [aria-current]")
    await expect(present).not_to_have_css("color", await demonstration.color_of("--bad"))
    await expect(demonstration.page.get_by_role("button", name="Cancel")).to_be_disabled()
    assert LONG.startswith(await demonstration.text_of("#text"))


async def test_an_answer_is_stopped_and_what_there_is_counts(demonstration: Demonstration) -> None:
    await demonstration.ask_and_press(LONG, 12, "enough", tokens_per_second=10)
    await demonstration.ends("complete")
    assert_whole(await demonstration.frames(), "complete")
    assert (await demonstration.text_of("#outcome")).startswith("Stopped")
    assert await demonstration.components() == {
        "text_generation": "stopped",
        "tts_processing": "stopped",
        "save": "complete",
    }
    text = await demonstration.text_of("#text")
    assert LONG.startswith(text)
    await demonstration.page.reload()  # the answer comes from the database
    kept = demonstration.page.locator("#kept li").first
    await expect(kept).to_have_attribute("data-outcome", "stopped")
    assert await kept.locator(".kept-text").text_content() == text


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
        "save": "complete",
    }


async def test_an_answer_without_speech(demonstration: Demonstration) -> None:
    await demonstration.ask(TEXT, speech=False)
    await demonstration.ends("complete")
    assert await demonstration.text_of("#text") == TEXT
    assert await demonstration.components() == {"text_generation": "complete", "save": "complete"}
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
    await expect(demonstration.page.get_by_role("alert")).to_have_text("Text must not be empty.")
    await expect(demonstration.page.get_by_role("textbox", name="Text")).to_be_focused()
    assert demonstration.readings == []
