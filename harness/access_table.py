"""`python -m harness.access_table`: who may do what, as a real site says. It prints the document.

Each sender asks each route about each kind of stream, then its right is taken away, and it asks
about another stream of that kind. With `--write` it writes `docs/access.md`.
"""

import asyncio
import logging
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from asgiref.sync import sync_to_async

from harness.access_senders import SENDERS, Sender, reset
from harness.bare_site import configure, status_of

TARGET = Path(__file__).resolve().parent.parent / "docs" / "access.md"
CONTRIB = ("auth", "contenttypes", "sessions")
#: Seconds between two questions about a reader, and for how long a reader is watched.
HEARTBEAT, PATIENCE = 0.05, 30

#: HEAD opens no reader, and has the status of GET.
ROUTES = {
    "events": ("HEAD", "/streams/{}/events/"),
    "status": ("GET", "/streams/{}/"),
    "stop": ("POST", "/streams/{}/stop/?reason=why"),
    "cancel": ("POST", "/streams/{}/cancel/?reason=why"),
    "inspect": ("HEAD", "/streams/{}/inspect/"),
}

INTRODUCTION = """\
# Who may do what

`make docs` writes this page: it asks a real site. The routes are those of the [wire](wire.md).

- A cell has the status of the reply. `200` and `202` are the stream, and its stop and cancel. `404`
  is said of a stream that is not there, and of one that the sender may not know of.
- `before → after` is the status before and after the right was taken away.
- "Reading" says what happens to a sender that reads at that moment.
- Senders with a cookie send its CSRF token with a POST: else it is `403`.

The rules are in [security](security.md).
"""
KINDS = {
    "owned": "A stream with an owner",
    "ended": "A stream with an owner that has ended",
    "free": "A stream without an owner",
    "forgotten": "A stream that is forgotten, or never was",
}


class Row(NamedTuple):
    """The cells of a sender."""

    sender: str
    taken: str
    cells: list[str]
    reading: str


async def opened(kind: str, owner: str) -> str:
    """Open a stream of a kind; return its id."""
    from sse_pipeline import SSEHandler

    if kind == "forgotten":
        return str(uuid.uuid4())
    handler = SSEHandler(owner=None if kind == "free" else owner, components=["text"])
    await handler.aopen()
    if kind == "ended":
        await handler.amark_component_complete("text")
    return handler.stream_id


async def ask(sender: Sender, kind: str) -> list[int]:
    """Return the status of each route for a sender. What ends a stream comes last."""
    stream = await opened(kind, sender.owner)
    found = {
        name: await status_of(method, path.format(stream), **sender.headers(stream))
        for name, (method, path) in sorted(ROUTES.items(), key=lambda each: each[1][0] == "POST")
    }
    return [found[name] for name in ROUTES]


async def read_on(sender: Sender) -> str:
    """Return what happens to a reader whose right is taken away."""
    from django.core.asgi import get_asgi_application

    from sse_pipeline.routing import application
    from sse_pipeline.testing import SSECommunicator

    stream = await opened("owned", sender.owner)
    named = {"host": "localhost", **sender.headers(stream)}
    headers = [(name.encode(), value.encode()) for name, value in named.items()]
    path = f"/streams/{stream}/events/"
    client = SSECommunicator(application(get_asgi_application()), path, headers=headers)
    async with client:
        if client.status != 200:
            return ""
        await sync_to_async(sender.revoke)()
        # Pings come as long as the reader stays.
        for _ in range(int(PATIENCE / HEARTBEAT)):
            await client.next_chunk()
            if client.ended:
                return "let go"
    return "stays"


async def made(make: Callable[[], Sender]) -> Sender:
    """Make a sender, without what earlier ones have left."""
    reset()
    sender: Sender = await sync_to_async(make)()
    return sender


async def row_of(make: Callable[[], Sender], kind: str) -> Row:
    """Return the row of a sender."""
    sender = await made(make)
    before = await ask(sender, kind)
    if not sender.taken:
        return Row(sender.name, "", [f"{status}" for status in before], "")
    await sync_to_async(sender.revoke)()
    after = await ask(sender, kind)
    cells = [f"{a}" if a == b else f"{a} → {b}" for a, b in zip(before, after, strict=True)]
    reading = await read_on(await made(make)) if kind == "owned" else ""
    return Row(sender.name, sender.taken, cells, reading)


async def render() -> str:
    """Return the document."""
    parts = [INTRODUCTION]
    for kind, title in KINDS.items():
        rows = [await row_of(make, kind) for make in SENDERS]
        parts.append(f"## {title}\n\n{''.join(_table(kind, rows))}")
    return "\n".join(parts)


def _table(kind: str, rows: list[Row]) -> Iterator[str]:
    last = ["reading"] if kind == "owned" else []
    yield _line("sender", *ROUTES, "taken away", *last)
    yield _line(*["---"] * (len(ROUTES) + 2 + len(last)))
    for row in rows:
        yield _line(row.sender, *row.cells, row.taken, *([row.reading] if last else []))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def main() -> str:
    """Configure a site, and return the document."""
    settings: dict[str, Any] = {
        "AUTHORIZE": "harness.access_senders.authorize",
        "HEARTBEAT": HEARTBEAT,
        "JOURNAL": False,
    }
    # A stream of this process has no connection that could be found.
    logging.disable(logging.WARNING)
    configure([f"django.contrib.{name}" for name in CONTRIB], SSE_PIPELINE=settings)
    return asyncio.run(render())


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        document = main()
    if "--write" in sys.argv:
        TARGET.write_text(document)
    else:
        print(document, end="")
