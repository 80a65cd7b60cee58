"""Threads with an event loop each, in which streams live side by side."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator

from harness.soak.lives import open_stream, produce
from harness.soak.readers import ReturningReader
from harness.soak.schedules import Schedule, draw
from sse_pipeline.journal.recorder import recorder

#: Seconds after which a stream counts as one that never ends.
PATIENCE = 60
#: Records of the journal that may wait: above them no stream is opened.
BACKLOG = 5000


class Worker(threading.Thread):
    """Takes the numbers of streams from an iterator that several workers share.

    `window` streams live at the same time in its event loop.
    """

    def __init__(self, seed: int, numbers: Iterator[int], window: int) -> None:
        super().__init__(name="soak", daemon=True)
        self._seed = seed
        self._numbers = numbers
        self._window = window
        self.loop = asyncio.new_event_loop()
        #: How many streams ended as their schedules asked for, by their ending.
        self.right: Counter[str] = Counter()
        #: What was found of each of the others.
        self.wrong: list[str] = []
        self.connections = 0

    @property
    def done(self) -> int:
        """The number of streams that were looked at."""
        return self.right.total() + len(self.wrong)

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._work())

    async def _work(self) -> None:
        await asyncio.gather(*(self._live_on() for _ in range(self._window)))

    async def _live_on(self) -> None:
        for number in self._numbers:
            while recorder.writer is not None and len(recorder.writer.backlog) > BACKLOG:
                await asyncio.sleep(0.01)
            schedule = draw(self._seed, number)
            try:
                async with asyncio.timeout(PATIENCE):
                    found = await self._live(schedule)
            except Exception as error:  # noqa: BLE001 - it is the finding
                found = repr(error)
            if found:
                self.wrong.append(f"stream {number}, {schedule.ending.name}: {found}")
            else:
                self.right[schedule.ending.name] += 1

    async def _live(self, schedule: Schedule) -> str:
        """Live through a schedule; return what is wrong with the end, or nothing."""
        handler = await open_stream(schedule)
        readers = [ReturningReader(handler.stream_id, seed) for seed in schedule.readers]
        async with asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(reader.run())
            await produce(schedule, handler)
            await handler.ended()
        self.connections += sum(reader.connections for reader in readers)
        snapshot = await handler.asnapshot()
        wanted = (schedule.ending.state, schedule.ending.verdict)
        found = (snapshot.state, snapshot.verdict)
        return "" if found == wanted else f"{found[0]}, {found[1]}"
