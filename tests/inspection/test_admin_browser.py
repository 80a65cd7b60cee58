"""The admin's page of a stream, in a real Chromium: it follows what happens, and obeys nothing."""

import pytest
from playwright.async_api import Page, expect

from harness.admin import LIST
from harness.inspection_site import SPECIMENS, streaming
from harness.servers import Server


async def test_the_page_follows_a_stream_to_its_end(
    admin: Page, inspected: Server, specimens: dict[str, str]
) -> None:
    await admin.goto(f"{inspected.url}{LIST}{specimens['streaming']}/change/")
    report = admin.locator("#sse-inspection")
    await expect(report).to_have_attribute("data-state", "streaming")
    await expect(report.get_by_role("status")).to_contain_text("text_generation: at work")
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
    await admin.goto(f"{inspected.url}{LIST}{specimens['draining']}/change/")
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
    await admin.goto(f"{inspected.url}{LIST}{specimens[name]}/change/")
    sentence = admin.get_by_role("status")
    expected = {"complete": "settled", "deadline": "timeout", "draining": "segment 7"}
    await expect(sentence).to_contain_text(expected.get(name, name))
    state = {"complete": "complete", "draining": "draining"}.get(name, "errored")
    await expect(admin.locator(".sse-present text")).to_have_text(state)
    assert "sk-secret" not in await admin.content()
    assert told == []
