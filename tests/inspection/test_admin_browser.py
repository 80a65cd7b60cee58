"""The admin's page of a stream, in a real Chromium: it follows what happens, and obeys nothing."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from harness.commands import manage
from harness.inspection_site import SPECIMENS, streaming
from harness.servers import Server, serve

STREAMS = "/admin/sse_pipeline/stream/"


@pytest.fixture(scope="session")
def inspected(site_environment: dict[str, str]) -> Iterator[Server]:
    """Serve the site of the specimens. Its database is that of the session, and so is its user."""
    environment = {**site_environment, "DJANGO_SETTINGS_MODULE": "harness.inspection_settings"}
    manage(environment, "createsuperuser", "--noinput", "--username=iris", "--email=a@example.com")
    with serve("daphne", "harness.inspection_site:application", environment) as server:
        yield server


@pytest.fixture(scope="session")
def specimens(inspected: Server) -> dict[str, str]:
    """Have a stream of each state and reason; return their ids."""
    with urllib.request.urlopen(f"{inspected.url}/specimens/", data=b"") as response:
        ids: dict[str, str] = json.load(response)
    assert list(ids) == [specimen.__name__ for specimen in SPECIMENS]
    return ids


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cookies(browser: Browser, inspected: Server) -> list[Any]:
    """Log a member of the staff in, once; return the cookies."""
    async with await browser.new_context() as context:
        page = await context.new_page()
        await page.goto(f"{inspected.url}/admin/login/?next={STREAMS}")
        await page.get_by_label("Username").fill("iris")
        await page.get_by_label("Password").fill("secret")
        await page.get_by_role("button", name="Log in").click()
        await page.wait_for_url(f"**{STREAMS}")
        return list(await context.cookies())


@pytest_asyncio.fixture(loop_scope="session")
async def admin(context: BrowserContext, cookies: list[Any]) -> Page:
    """Open a page of a member of the staff."""
    await context.add_cookies(cookies)
    return await context.new_page()


async def test_the_page_follows_a_stream_to_its_end(
    admin: Page, inspected: Server, specimens: dict[str, str]
) -> None:
    await admin.goto(f"{inspected.url}{STREAMS}{specimens['streaming']}/change/")
    report = admin.locator("#sse-inspection")
    await expect(report).to_have_attribute("data-state", "streaming")
    await expect(report.get_by_role("status")).to_contain_text("text_generation: silent for")
    sent = report.locator("dd", has_text="frames")
    before = await sent.inner_text()
    await expect(sent).not_to_have_text(before)
    assert "broken into" not in await admin.title()
    await admin.get_by_label("Why cancel it?").fill("it runs away")
    await admin.get_by_role("button", name="Cancel the stream").click()
    await expect(admin.get_by_text("Cancelled the stream.")).to_be_visible()
    await expect(report.get_by_role("status")).to_contain_text("cancelled: it was cancelled")
    await expect(admin.get_by_role("button", name="Cancel the stream")).to_have_count(0)
    await expect(report.get_by_role("cell", name="it runs away")).to_be_visible()
    await expect(report.get_by_role("cell", name="finish", exact=True)).to_be_visible()
    await expect(report.locator(".sse-edge.sse-taken")).to_have_count(2)


async def test_a_page_that_nobody_sees_holds_no_connection(
    admin: Page, inspected: Server, specimens: dict[str, str]
) -> None:
    await admin.goto(f"{inspected.url}{STREAMS}{specimens['draining']}/change/")
    await expect(admin.locator("#sse-inspection")).to_have_attribute("data-state", "draining")

    async def turn(hidden: str) -> None:
        await admin.evaluate(f"""
            Object.defineProperty(document, "hidden", {{value: {hidden}, configurable: true}});
            document.dispatchEvent(new Event("visibilitychange"));""")

    async with admin.expect_event("requestfailed", lambda each: "/inspect/" in each.url):
        await turn("true")
    async with admin.expect_request("**/inspect/?language=en-us"):
        await turn("false")


@pytest.mark.parametrize("name", [each.__name__ for each in SPECIMENS if each is not streaming])
async def test_every_state_and_reason_is_told(
    admin: Page, inspected: Server, specimens: dict[str, str], name: str
) -> None:
    told: list[str] = []
    admin.on("pageerror", lambda error: told.append(str(error)))
    await admin.goto(f"{inspected.url}{STREAMS}{specimens[name]}/change/")
    sentence = admin.get_by_role("status")
    expected = {"complete": "settled", "deadline": "timeout", "draining": "segment 7"}
    await expect(sentence).to_contain_text(expected.get(name, name))
    state = {"complete": "complete", "draining": "draining"}.get(name, "errored")
    await expect(admin.locator(".sse-present text")).to_have_text(state)
    assert "sk-secret" not in await admin.content()
    assert told == []
