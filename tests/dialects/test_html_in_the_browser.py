"""Pages of htmx and Datastar show streams in Chromium, without JavaScript of their own."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from harness.demonstration import cutting_proxy
from harness.html_site import PIECES, TEXT
from harness.servers import Server, serve

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.html_settings", "PYTHONDEVMODE": "1"}
#: The page and the dialect of each client, as the packages are.
CLIENTS = {
    "htmx 2, named": "htmx-named/{}/",
    "htmx 2, unnamed": "htmx-unnamed/{}/",
    "htmx 4": "htmx-unnamed-4/{}/",
    "Datastar": "datastar-page/{}/?dialect=datastar-beta",
}
OUTCOMES = {
    "finish": "Answer pipeline completed",
    "fail": "Answer pipeline ended with an error",
}
#: Reads with an `EventSource` that is not closed at the end, and comes back: the page would, too.
READ_TWICE = """
(path) => new Promise((resolve) => {
  let opened = 0;
  const source = new EventSource(path);
  source.onopen = () => (opened += 1) === 2 && resolve(source.close());
})
"""


@pytest.fixture(scope="module")
def html_site() -> Iterator[Server]:
    with serve("uvicorn", "harness.html_site:application", SETTINGS) as server:
        yield server


@pytest.fixture(params=CLIENTS)
def address(request: pytest.FixtureRequest) -> str:
    return CLIENTS[request.param]


class Shown:
    """What a page shows, and the requests for its stream."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if urlsplit(url).path.endswith("/events/"):
            self.requests.append(url)

    async def ends(self, producer: str, text: str) -> None:
        await expect(self.page.locator("#outcome")).to_contain_text(OUTCOMES[producer])
        # HTML has no U+0085 but as it is, and no carriage return.
        assert await self.page.locator("#text").evaluate("({ textContent }) => textContent") == text
        assert await self.page.locator("img").count() == 0


@pytest.mark.parametrize(("producer", "text"), [("finish", TEXT), ("fail", PIECES[0])])
async def test_a_page_shows_a_stream_to_either_end(
    page: Page, html_site: Server, address: str, producer: str, text: str
) -> None:
    shown = Shown(page)
    await page.goto(f"{html_site.url}/page/{address.format(producer)}")
    await shown.ends(producer, text)
    if "datastar" in address:
        wanted = {"finish": "complete", "fail": "errored"}[producer]
        await expect(page.locator("#signal")).to_have_text(wanted)
    await page.evaluate(READ_TWICE, shown.requests[0])
    assert len(shown.requests) == 3


async def test_a_page_is_exact_after_a_cut(page: Page, html_site: Server, address: str) -> None:
    shown = Shown(page)
    async with cutting_proxy(html_site, 650) as url:
        await page.goto(f"{url}/page/{address.format('finish')}")
        await shown.ends("finish", TEXT)
    assert len(shown.requests) == 2
