"""The client module, as Django serves it, in Chromium: tabs, reloads, sleep and workers."""

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from harness.client_page import BEFORE, ClientPage, Produced, all_ids
from harness.servers import Server
from harness.waiting import until

FRAMES = 20

IN_A_WORKER = """
(url) => new Promise((resolve, reject) => {
  const code = `
    import { openStream } from "${new URL("/static/sse_pipeline/client/index.js", location)}";
    const ids = [];
    for await (const { id } of openStream("${new URL(url, location)}")) ids.push(id);
    postMessage(ids);
  `;
  const source = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(source, { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = reject;
})
"""
#: The first connection fails, and the next one is far away unless the page looks.
FAIL_ONCE = """
([path, moment]) => {
  let failed = false;
  const once = (...request) => {
    if (failed) return fetch(...request);
    failed = true;
    setTimeout(() => (moment === "visibilitychange" ? document : window).dispatchEvent(
      new Event(moment)
    ));
    throw new TypeError("the network is away");
  };
  return follow(path, { fetch: once, retry: 3600 });
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def tabs(context: BrowserContext, client_site: Server) -> list[ClientPage]:
    return [await ClientPage.opened(await context.new_page(), client_site) for _ in range(3)]


@pytest_asyncio.fixture(loop_scope="session")
async def tab(page: Page, client_site: Server) -> ClientPage:
    return await ClientPage.opened(page, client_site)


async def test_tabs_share_a_connection_and_each_is_exact(
    tabs: list[ClientPage], client_site: Server
) -> None:
    stream = Produced(client_site, FRAMES)
    first, second, third = tabs
    await first.follow(stream.path, share=True)
    await first.sees(BEFORE + FRAMES)
    for tab in (second, third):  # they come late, and catch up
        await tab.follow(stream.path, share=True)
        await tab.sees(BEFORE + FRAMES)
    until(lambda: stream.readers == 1)
    stream.send(FRAMES)
    for tab in tabs:
        await tab.sees(BEFORE + 2 * FRAMES)
    assert stream.readers == 1
    await first.page.close()  # it read for the others
    stream.send(FRAMES)
    for tab in (second, third):
        await tab.sees(BEFORE + 3 * FRAMES)
    until(lambda: stream.readers == 1)
    stream.send(FRAMES, end=True)
    for tab in (second, third):
        await tab.ends()
        assert await tab.ids() == all_ids(4 * FRAMES)


async def test_a_tab_leads_in_the_place_of_one_that_hangs(
    tabs: list[ClientPage], client_site: Server
) -> None:
    stream = Produced(client_site, FRAMES)
    first, second, _ = tabs
    # What a page that hangs holds: the lock, by which it says that it reads for all.
    await first.page.evaluate(
        "(url) => new Promise((held) => navigator.locks.request(`sse-pipeline ${url}`,"
        " () => (held(), new Promise(() => {}))))",
        client_site.url + stream.path,
    )
    await second.follow(stream.path, share=True, silence=1)
    await second.sees(BEFORE + FRAMES)
    stream.send(FRAMES, end=True)
    await second.ends()
    assert await second.ids() == all_ids(2 * FRAMES)


async def test_a_reload_goes_on_behind_the_last_frame(tab: ClientPage, client_site: Server) -> None:
    stream = Produced(client_site, FRAMES)
    await tab.follow(stream.path, remember="place")
    await tab.sees(BEFORE + FRAMES)
    await tab.page.reload()
    stream.send(FRAMES, end=True)
    await tab.follow(stream.path, remember="place")
    await tab.ends()
    assert await tab.ids() == all_ids(2 * FRAMES)[BEFORE + FRAMES :]
    await tab.page.reload()
    await tab.follow(stream.path, remember="place")
    await tab.ends()
    assert await tab.page.evaluate("[seen, states, stream.outcome]") == [[], ["ended"], "complete"]


@pytest.mark.parametrize("moment", ["online", "pageshow", "visibilitychange"])
async def test_a_page_looks_at_once_when_it_wakes(
    tab: ClientPage, client_site: Server, moment: str
) -> None:
    stream = Produced(client_site, FRAMES, end=True)
    await tab.page.evaluate(FAIL_ONCE, [stream.path, moment])
    await tab.ends()
    assert await tab.ids() == all_ids(FRAMES)


async def test_another_network_takes_another_connection(
    tab: ClientPage, client_site: Server
) -> None:
    stream = Produced(client_site, FRAMES)
    await tab.follow(stream.path)
    await tab.sees(BEFORE + FRAMES)
    await tab.page.evaluate("window.dispatchEvent(new Event('online'))")
    await tab.page.wait_for_function("stream.connections === 2")
    stream.send(FRAMES, end=True)
    await tab.ends()
    assert await tab.ids() == all_ids(2 * FRAMES)


async def test_a_worker_reads_a_stream(tab: ClientPage, client_site: Server) -> None:
    stream = Produced(client_site, FRAMES, end=True)
    assert await tab.page.evaluate(IN_A_WORKER, stream.path) == all_ids(FRAMES)
