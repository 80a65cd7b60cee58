"""Each client reads the streams of its cells: in Chromium, in Node, or in a thread."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import httpx
from httpx_sse import EventSource
from playwright.async_api import Page
from sseclient import SSEClient

from harness import npm
from harness.client_page import Produced
from harness.clients.planned_proxy import PlannedProxy
from harness.clients.scenarios import FRAMES, SCENARIOS, STAYING
from harness.event_source import PLAIN
from harness.servers import Server

IN_CHROMIUM = (
    "EventSource",
    "sse-pipeline",
    "fetch-event-source",
    "event-source-polyfill",
    "reconnecting-eventsource",
)
IN_NODE = ("eventsource",)
#: Seconds for a client that does not come to the end; and those in which one that was not closed
#: at the end would ask again for ever.
PATIENCE, STAY = 20, 2
#: Requests of a client that stops at `204`: for the stream, and for the rest of it.
REQUESTS = 2


#: The numbers of the producer, and how often the last frame came.
Got: TypeAlias = tuple[Sequence[int], int]


class Cell(NamedTuple):
    """A client in a scenario."""

    client: str
    scenario: str


class Found(NamedTuple):
    """What a client got: the numbers of the producer, last frames, and requests for the stream."""

    numbers: Sequence[int]
    ends: int
    requests: int

    @property
    def verdict(self) -> str:
        """Say in a few words what it misses, or gets twice."""
        unique = len(set(self.numbers))
        if not self.ends:
            return "**stops for good**"
        faults = [f"**misses {FRAMES - unique} of {FRAMES}**"] if unique < FRAMES else []
        if sorted(self.numbers) != list(self.numbers) or len(self.numbers) > unique:
            faults.append("**gets frames again**")
        return ", ".join(faults) or "exact"


def in_python(read: Callable[[httpx.Response], Iterator[tuple[str, str, str]]], url: str) -> Got:
    """Read by a parser of Python: the loop that comes back is the program's own."""
    numbers, ends, last = list[int](), 0, ""
    for _ in range(100):
        headers = {"Last-Event-ID": last} if last else {}
        try:
            with httpx.stream(
                "GET", url, headers=headers, timeout=PATIENCE, verify=PLAIN
            ) as response:
                if response.status_code == 204:
                    break
                response.raise_for_status()
                for event, data, number in read(response):
                    last = number or last
                    numbers += [json.loads(data)["number"]] if event.startswith("tick-") else []
                    ends += event == "complete"
        except httpx.HTTPError:
            continue
        if ends:
            break
    return numbers, ends


def by_httpx_sse(response: httpx.Response) -> Iterator[tuple[str, str, str]]:
    for event in EventSource(response).iter_sse():
        yield event.event, event.data, event.id


def by_sseclient(response: httpx.Response) -> Iterator[tuple[str, str, str]]:
    for event in SSEClient(response.iter_bytes()).events():
        yield event.event, event.data, event.id or ""


IN_PYTHON = {"httpx-sse": by_httpx_sse, "sseclient-py": by_sseclient}
CLIENTS = (*IN_CHROMIUM, *IN_NODE, *IN_PYTHON)


async def read_all(
    site: Server, page: Page, clients: Sequence[str], scenarios: Sequence[str], seed: int
) -> dict[Cell, Found]:
    """Let each client read a stream of its own in each scenario."""
    async with PlannedProxy(site.port).serving() as proxy:
        await page.goto(proxy.url)
        await page.add_script_tag(content=npm.bundle("clients.mjs"))
        found: dict[Cell, Found] = {}
        for scenario in scenarios:
            cells = [Cell(client, scenario) for client in clients]
            streams = {cell: Produced(site, FRAMES, end=True) for cell in cells}
            for cell in cells:
                proxy.plan(streams[cell].id, SCENARIOS[scenario](seed))
            reading = [_read(cell, proxy.url + streams[cell].path, page) for cell in cells]
            for cell, got in zip(cells, await asyncio.gather(*reading), strict=True):
                found[cell] = Found(*got, proxy.requests[streams[cell].id])
        return found


async def _read(cell: Cell, url: str, page: Page) -> Got:
    stay = cell.scenario == STAYING
    how = {"stay": stay, "seconds": STAY if stay else PATIENCE}
    if cell.client in IN_PYTHON:
        return await asyncio.to_thread(in_python, IN_PYTHON[cell.client], url)
    if cell.client in IN_NODE:
        cells = json.dumps([[cell.client, url, how]])
        [got] = await asyncio.to_thread(npm.run, "clients.mjs", cells)
    else:
        got = await page.evaluate("(cell) => read(...cell)", [cell.client, url, how])
    return got["numbers"], got["ends"]


def verdict(cell: Cell, found: Found) -> str:
    """Return what the table says of a cell."""
    if cell.scenario != STAYING:
        return found.verdict
    if cell.client in IN_PYTHON:
        return "-"
    return "stops" if found.requests <= REQUESTS else "**asks for ever**"
