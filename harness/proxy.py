"""A TCP proxy. It cuts connections for tests, or spreads them over several servers."""

import asyncio
import contextlib
import random
import ssl
import threading
from collections.abc import Iterator, Sequence

from harness.servers import HOST


class Proxy:
    """Hands each connection to the next of its targets that accepts one.

    With `lifetime` it cuts each after about so many bytes, at random, in the middle of anything;
    with `tls` it speaks TLS to its clients.
    """

    def __init__(
        self,
        targets: Sequence[int],
        lifetime: int | None = None,
        seed: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.port = 0
        self.cuts = 0
        self.last = 0  # the target of the last connection
        self.lifetime = lifetime
        self.targets = list(targets)
        self._tls = tls
        self._random = random.Random(seed)
        self._closing = False
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, HOST, 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if not self._closing:
                await self._relay(reader, writer)
        except asyncio.CancelledError:
            pass  # it is closed; asyncio complains of a task that is cancelled
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self.targets:
            self.targets.append(self.targets.pop(0))
            with contextlib.suppress(OSError):
                there, back = await asyncio.open_connection(HOST, self.targets[0])
                self.last = self.targets[0]
                break
        else:
            return
        left = self.lifetime and self._random.randrange(1, 2 * self.lifetime)
        purse = [left] if left else None
        pumps = [
            asyncio.ensure_future(self._pump(reader, back, purse)),
            asyncio.ensure_future(self._pump(there, writer, purse)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            back.transport.abort()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, purse: list[int] | None
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if purse is not None and self.lifetime is not None:
                    data, rest = data[: purse[0]], len(data) - purse[0]
                    purse[0] -= len(data)
                    if rest > 0 or purse[0] == 0:
                        sink.write(data)
                        self.cuts += 1
                        await asyncio.sleep(0)  # the transport writes before it is cut
                        return
                sink.write(data)
                await sink.drain()

    async def close(self, server: asyncio.Server) -> None:
        self._closing = True
        server.close()
        # Three turns: a socket that was accepted gets its transport, then its task, which ends.
        for _ in range(3):
            await asyncio.sleep(0)
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await server.wait_closed()


@contextlib.contextmanager
def proxy(
    *targets: int,
    lifetime: int | None = None,
    seed: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Proxy]:
    """Run a proxy before servers on these ports until the block is left."""
    made = Proxy(targets, lifetime, seed, tls)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(made.start(), loop).result(5)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.close(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
