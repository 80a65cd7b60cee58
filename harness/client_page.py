"""A page of a browser that reads a stream by the client module."""

from typing import Any

import httpx
from playwright.async_api import Page

from harness.event_source import PLAIN
from harness.servers import Server

#: `follow` reads a stream by the module, as Django serves it, and keeps what came.
FOLLOW = """
Object.assign(window, { seen: [], states: [] });
window.follow = async (path, options) => {
  const { openStream } = await import("/static/sse_pipeline/client/index.js");
  window.stream = openStream(path, {
    onEvent: ({ id, event, data }) => seen.push([id, event, data.number ?? null]),
    onState: (state) => states.push(state),
    retry: 0.02,
    ...options,
  });
};
"""
#: The frames that the library sends before those of a producer, and behind them.
BEFORE, BEHIND = 2, 2


def all_ids(frames: int) -> list[int]:
    """Return the ids of a stream whose producer sent so many frames."""
    return list(range(1, BEFORE + frames + BEHIND + 1))


class ClientPage:
    """A page, and the frames that it has seen since it was loaded."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def opened(cls, page: Page, site: Server) -> "ClientPage":
        await page.add_init_script(FOLLOW)
        await page.goto(site.url)
        return cls(page)

    async def follow(self, path: str, **options: Any) -> None:
        await self.page.evaluate("([path, options]) => follow(path, options)", [path, options])

    async def sees(self, count: int) -> None:
        """Wait until it has so many frames."""
        await self.page.wait_for_function("(count) => seen.length >= count", arg=count)

    async def ends(self) -> None:
        await self.page.wait_for_function("stream.state === 'ended'")

    async def ids(self) -> list[int]:
        ids: list[int] = await self.page.evaluate("seen.map(([id]) => id)")
        return ids


class Produced:
    """A stream of the site, to which tests add frames."""

    def __init__(self, site: Server, frames: int, *, end: bool = False) -> None:
        self._url = site.url
        self._frames = frames
        opened = self._post("/open", {"frames": frames, "end": end}).json()
        self.id, self.path = opened["id"], opened["path"]

    def send(self, frames: int, *, end: bool = False) -> None:
        self._post(f"/send/{self.id}", {"first": self._frames, "frames": frames, "end": end})
        self._frames += frames

    @property
    def readers(self) -> int:
        number: int = httpx.get(f"{self._url}/readers/{self.id}", verify=PLAIN).json()["readers"]
        return number

    def _post(self, path: str, document: dict[str, Any]) -> httpx.Response:
        return httpx.post(self._url + path, json=document, verify=PLAIN).raise_for_status()
