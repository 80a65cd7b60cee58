"""A proxy that breaks the connections of each stream as it was planned."""

import asyncio
import contextlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from harness.servers import HOST

_REQUEST = re.compile(rb"GET [^ ]*/streams/([0-9a-f-]{36})/events/")


class Step(NamedTuple):
    """What becomes of one request: it is answered with a status, or cut, or passes."""

    status: int = 0
    most_bytes: int = 0
    #: Cut before this.
    before: bytes = b""


#: The request passes.
PASS = Step()


@dataclass
class _Passage:
    """The request that a connection carries now, and the bytes of its reply so far."""

    step: Step = PASS
    sent: int = 0


class PlannedProxy:
    """Counts the requests for each stream, and follows its plan. Then requests pass."""

    def __init__(self, target: int) -> None:
        self.plans: dict[str, list[Step]] = {}
        self.requests: dict[str, int] = defaultdict(int)
        self.url = ""
        self._target = target

    def plan(self, stream_id: str, steps: Sequence[Step]) -> None:
        self.plans[str(UUID(stream_id))] = list(steps)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["PlannedProxy"]:
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passage = _Passage()
        origin, to_origin = await asyncio.open_connection(HOST, self._target)
        ways = [
            asyncio.ensure_future(self._ask(reader, to_origin, writer, passage)),
            asyncio.ensure_future(self._answer(origin, writer, passage)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            with contextlib.suppress(OSError):
                await writer.drain()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_origin.close()
            writer.close()

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        to_origin: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
        passage: _Passage,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if found := _REQUEST.match(data):
                    stream = found[1].decode()
                    self.requests[stream] += 1
                    plan = self.plans.get(stream)
                    passage.step, passage.sent = plan.pop(0) if plan else PASS, 0
                    if passage.step.status:
                        head = f"HTTP/1.1 {passage.step.status} Away\r\nContent-Length: 0\r\n"
                        writer.write(f"{head}Connection: close\r\n\r\n".encode())
                        return
                to_origin.write(data)

    @staticmethod
    async def _answer(
        origin: asyncio.StreamReader, writer: asyncio.StreamWriter, passage: _Passage
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await origin.read(65536):
                _, most, before = passage.step
                end = len(data)
                if most:
                    end = max(0, most - passage.sent)
                elif before and before in data:
                    end = data.index(before)
                writer.write(data[:end])
                await writer.drain()
                passage.sent += len(data)
                if end < len(data):
                    return
