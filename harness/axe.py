"""What axe-core finds on a page: faults that keep people from using it."""

from typing import Any, Literal

from playwright.async_api import Page

from harness.npm import FOLDER

SCRIPT = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
RUN = "(context) => axe.run(context, { resultTypes: ['violations'] })"
#: The sizes of a phone and of a laptop.
PHONE, LAPTOP = (375, 812), (1280, 800)
#: How each page is looked at. What differs between them is in one of the two.
WAYS: tuple[tuple[Literal["light", "dark"], tuple[int, int]], ...] = (
    ("light", PHONE),
    ("dark", LAPTOP),
)


async def findings(page: Page, context: str = "body") -> list[str]:
    """Return a line for each fault: on a light phone, and on a dark laptop."""
    await page.evaluate(SCRIPT.read_text())
    found: list[str] = []
    for scheme, (width, height) in WAYS:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": height})
        result: dict[str, Any] = await page.evaluate(RUN, context)
        found += [
            f"{scheme} {width}: {each['id']}: {node['html'][:200]}"
            for each in result["violations"]
            for node in each["nodes"]
        ]
    return found


async def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    wider: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider
