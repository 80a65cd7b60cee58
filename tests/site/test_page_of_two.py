"""The page, served by two processes behind one port: which of them answers is not noticed."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Page

from harness.demonstration import TEXT, Demonstration, assert_whole
from harness.producers import Producer, producers
from harness.proxy import Proxy, proxy
from harness.redis_server import RedisServer
from harness.servers import HOST, Server, serve

COUNT = 400

#: Follows a stream, and keeps what came until the `EventSource` has closed by itself.
FOLLOW = """
(path) => {
  window.seen = [];
  const source = new EventSource(path);
  window.began = new Promise((resolve) => source.addEventListener("text", resolve));
  const note = ({ type, lastEventId, data }) => seen.push([type, lastEventId, data]);
  for (const type of ["text", "complete", "errored"]) source.addEventListener(type, note);
  window.followed = new Promise((resolve) => {
    source.onerror = () => source.readyState === EventSource.CLOSED && resolve(seen);
  });
}
"""


class Site(NamedTuple):
    """Two web processes, the proxy before them, and a producer beside them."""

    web: list[Server]
    proxy: Proxy
    producer: Producer

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.proxy.port}"


@pytest.fixture
def two(redis: RedisServer, site_environment: dict[str, str]) -> Iterator[Site]:
    environment = {**site_environment, "SSE_PIPELINE_STORE": redis.url}
    with contextlib.ExitStack() as stack:
        web = [
            stack.enter_context(serve("daphne", "project.asgi:application", environment))
            for _ in range(2)
        ]
        before = stack.enter_context(proxy(*(server.port for server in web)))
        (producer,) = stack.enter_context(producers(redis.url))
        yield Site(web, before, producer)


@pytest_asyncio.fixture(loop_scope="session")
async def demonstration(page: Page, two: Site) -> Demonstration:
    demonstration = Demonstration(page)
    await demonstration.open(two.url)
    return demonstration


async def test_an_answer_plays_to_the_end_on_either(demonstration: Demonstration) -> None:
    await demonstration.ask(TEXT)
    await demonstration.ends("complete")
    assert_whole(await demonstration.frames(), "complete")
    assert await demonstration.text_of("#text") == TEXT


async def test_a_stream_of_a_third_process_survives_the_one_that_serves_it(
    demonstration: Demonstration, two: Site
) -> None:
    page, producer = demonstration.page, two.producer
    stream = producer("open", ["text"])
    await page.evaluate(FOLLOW, f"/streams/{stream}/events/")
    producer("blast", stream, "text", 0, COUNT)
    await page.evaluate("began")
    next(server for server in two.web if server.port == two.proxy.last).kill()
    producer("blast", stream, "text", COUNT, COUNT)
    assert producer("complete", stream, "text")
    seen = await page.evaluate("followed")
    ids = [int(number) for _, number, _ in seen]
    assert ids == [*range(3, 2 * COUNT + 3), 2 * COUNT + 4]
    assert [event for event, _, _ in seen] == ["text"] * 2 * COUNT + ["complete"]
