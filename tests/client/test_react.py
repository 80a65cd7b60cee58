"""The hook for React, in Chromium."""

import pytest_asyncio
from playwright.async_api import Page, expect

from harness import npm
from harness.client_page import ClientPage, Produced, all_ids
from harness.servers import Server
from harness.waiting import until

FRAMES = 20


@pytest_asyncio.fixture(loop_scope="session")
async def tab(page: Page, client_site: Server) -> ClientPage:
    return await ClientPage.opened(page, client_site)


async def test_a_component_of_react_shows_a_stream(tab: ClientPage, client_site: Server) -> None:
    one, other = Produced(client_site, FRAMES), Produced(client_site, 1, end=True)
    await tab.page.add_script_tag(content=npm.bundle("use_stream.jsx"))
    shown = tab.page.locator("#shown")
    await tab.page.evaluate("openPage", one.path)
    await expect(shown).to_have_attribute("data-state", "open")
    one.send(FRAMES, end=True)
    await expect(shown).to_have_attribute("data-outcome", "complete")
    await expect(shown).to_have_text(" ".join(map(str, all_ids(2 * FRAMES))))
    await tab.page.evaluate("openPage", other.path)
    await expect(shown).to_have_text(" ".join(map(str, all_ids(1))))
    await tab.page.evaluate("openPage", "/streams/4b4ba0e7-0000-4000-8000-000000000000/events/")
    await expect(shown).to_have_attribute("data-status", "404")
    open_ended = Produced(client_site, FRAMES)
    await tab.page.evaluate("openPage", open_ended.path)
    await expect(shown).to_have_attribute("data-state", "open")
    await tab.page.evaluate("openPage", None)
    until(lambda: open_ended.readers == 0)
