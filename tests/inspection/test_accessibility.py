"""The page of the demonstration and the admin, as axe-core sees them, light and dark."""

from playwright.async_api import Page, expect

from harness.admin import LIST
from harness.axe import LAPTOP, PHONE, findings, overflow
from harness.demonstration import Demonstration
from harness.servers import Server

#: Of a page of the admin only what is ours: Django's own parts have faults of their own.
OURS = ("#result_list tbody", ".sse-page")


async def test_nothing_keeps_people_from_the_page_and_the_admin(
    admin: Page, site: Server, inspected: Server, specimens: dict[str, str]
) -> None:
    demonstration = Demonstration(await admin.context.new_page())
    await demonstration.open(site.url)
    await demonstration.ask("One. Two.", speed=3)
    await demonstration.ends("complete")
    found = {"page": await findings(demonstration.page)}
    await demonstration.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert await overflow(demonstration.page) == 0
    await admin.goto(f"{inspected.url}{LIST}")
    found["list"] = await findings(admin, OURS[0])
    await admin.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    wide = admin.locator("#changelist .results")
    assert await wide.evaluate("(element) => element.scrollWidth - element.clientWidth") == 0
    await admin.goto(f"{inspected.url}{LIST}{specimens['draining']}/change/")
    await expect(admin.locator("#sse-life")).to_be_visible()
    found["stream"] = await findings(admin, OURS[1])
    assert {name: each for name, each in found.items() if each} == {}
