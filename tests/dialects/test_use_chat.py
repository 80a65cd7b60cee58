"""`useChat` of the AI SDK in Chromium: rendered, cut, reloaded, stopped and resumed."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, expect

from harness import npm
from harness.demonstration import cutting_proxy
from harness.dialect_site import PIECES, TEXT
from harness.event_source import PLAIN
from harness.servers import Server, serve

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.dialect_settings", "PYTHONDEVMODE": "1"}
#: A question whose stream goes on when it has two readers.
HELD = "wait for two"


@pytest.fixture(scope="module")
def chat_site() -> Iterator[Server]:
    with serve("uvicorn", "harness.dialect_site:application", SETTINGS) as server:
        yield server


@pytest.fixture(scope="module")
def script() -> str:
    return npm.bundle("use_chat.jsx")


async def open_chat(
    page: Page, url: str, script: str, chat: str, text: str, *, resume: bool = False
) -> None:
    await page.goto(url)
    await page.add_script_tag(content=script)
    await page.evaluate("(chat) => openChat(...chat)", [chat, text, resume])


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()


async def shows(page: Page, text: str, status: str) -> None:
    await expect(page.locator("#status")).to_have_text(status)
    answer = page.locator("#answer")
    assert await answer.evaluate("({ textContent }) => textContent") == text
    assert await page.locator("#count").text_content() == "2"


async def test_an_answer_is_whole_after_two_cuts(
    page: Page, chat_site: Server, script: str
) -> None:
    async with cutting_proxy(chat_site, 700, 900) as url:
        await open_chat(page, url, script, "cut", "finish")
        await press(page, "Send")
        for _ in range(2):
            await expect(page.get_by_role("alert")).not_to_be_empty()
            await expect(page.locator("#status")).to_have_text("error")
            await press(page, "Resume")
        await shows(page, TEXT, "ready")


async def test_a_reload_and_a_second_tab_in_mid_answer(
    context: BrowserContext, chat_site: Server, script: str
) -> None:
    first, second = await context.new_page(), await context.new_page()
    await open_chat(first, chat_site.url, script, "reload", HELD)
    await press(first, "Send")
    await expect(first.locator("#answer")).to_have_text(PIECES[0])
    await open_chat(first, chat_site.url, script, "reload", HELD, resume=True)
    await shows(first, PIECES[0], "streaming")
    await open_chat(second, chat_site.url, script, "reload", HELD, resume=True)
    for tab in (first, second):
        await shows(tab, TEXT, "ready")


async def test_an_answer_that_is_stopped_is_resumed(
    page: Page, chat_site: Server, script: str
) -> None:
    await open_chat(page, chat_site.url, script, "stop", HELD)
    await press(page, "Send")
    await expect(page.locator("#answer")).to_have_text(PIECES[0])
    await press(page, "Stop")
    await shows(page, PIECES[0], "ready")
    await press(page, "Resume")
    await expect(page.locator("#status")).to_have_text("streaming")
    other = f"{chat_site.url}/chat/stop/stream"
    await asyncio.to_thread(httpx.get, other, timeout=30, verify=PLAIN)
    await shows(page, TEXT, "ready")
