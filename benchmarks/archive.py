"""`python -m benchmarks.archive`: the bytes that an answer takes in the archive.

An answer of about 300 words is written in pieces of four characters and read aloud by eSpeak NG. It
is archived with its audio and without; the time is that of the processor for one record.
"""

import asyncio
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from typing import Any

from benchmarks import markdown

#: Fourteen words each, and none like another.
SENTENCE = "Entry {0} of the ledger says that {1} crates of apples went to town {2}."
WORDS = 300
ROUNDS = 20


def main(words: list[str]) -> None:
    parser = ArgumentParser(prog="python -m benchmarks.archive", description=__doc__)
    parser.parse_args(words)
    _prepare()
    rows = [
        row
        for speech in (None, {"codec": "pcm_s16le"}, {"codec": "opus"})
        for row in _measure(speech)
    ]
    print(markdown.table(["speech", "archived", "frames", "bytes sent", "bytes kept", "ms"], rows))


def _prepare() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    os.environ["SSE_PIPELINE_LOG_LEVEL"] = "WARNING"
    import django

    django.setup()
    from sse_pipeline import journal

    journal.disconnect()


def _measure(speech: dict[str, Any] | None) -> list[list[str]]:
    from sse_pipeline import stores
    from sse_pipeline.archive.record import ArchivedFrames, dump_frames, dump_head, without_audio

    stream_id = asyncio.run(_answered(speech))
    store: Any = stores.current()
    snapshot, log = store.load(stream_id), store.attach(stream_id)
    whole = log.take(0, log.held + 1).data
    rows = []
    for name, frames in (("all", whole), ("without audio", without_audio(whole))):
        if speech is None and name != "all":
            continue
        archived = ArchivedFrames(frames, store.kept_frames(stream_id))
        began = time.process_time()
        sizes = [len(dump_head(snapshot) + dump_frames(archived)) for _ in range(ROUNDS)]
        spent = (time.process_time() - began) / ROUNDS
        codec = "none" if speech is None else speech["codec"]
        rows.append(
            [codec, name, str(log.last), f"{len(whole):,}", f"{sizes[0]:,}", f"{1000 * spent:.1f}"]
        )
    return rows


async def _answered(speech: dict[str, Any] | None) -> str:
    from sse_pipeline import SSEHandler, answers

    components = answers.components(speech=speech is not None)
    handler = SSEHandler(components=components)
    spoken = None if speech is None else answers.Speech(handler, speech)
    await answers.Answer(handler, spoken).run(_pieces())
    async for _ in handler:
        pass
    return handler.stream_id


async def _pieces() -> AsyncIterator[str]:
    count = WORDS // len(SENTENCE.split())
    text = " ".join(SENTENCE.format(n, 37 * n % 101, 53 * n % 97) for n in range(count))
    for start in range(0, len(text), 4):
        yield text[start : start + 4]


if __name__ == "__main__":
    main(sys.argv[1:])
