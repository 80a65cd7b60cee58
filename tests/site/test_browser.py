import pytest
from playwright.async_api import Page

from harness.servers import Server


@pytest.mark.parametrize("visit", ["first", "second"])
async def test_each_test_has_a_browser_of_its_own(page: Page, site: Server, visit: str) -> None:
    answer = await page.goto(site.url)
    assert answer is not None
    assert answer.status == 200
    assert await page.evaluate("sessionStorage.length + localStorage.length") == 0
    await page.evaluate("visit => localStorage.setItem('visit', visit)", visit)


async def test_sound_needs_no_gesture(page: Page, site: Server) -> None:
    await page.goto(site.url)
    assert await page.evaluate("new AudioContext().state") != "suspended"
