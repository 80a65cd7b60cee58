"""Prepare texts with pipecat's VoiceFormatter, with all that it can write out."""

import asyncio
import json
import sys

from pipecat.utils.text.transforms import VoiceFormatter


async def prepare() -> None:
    # Without `expand_numbers`, which is off by itself: the engine reads numbers.
    formatter = VoiceFormatter()
    prepared = [await formatter(written, "sentence") for _, written in json.load(sys.stdin)]
    print(json.dumps(prepared))


asyncio.run(prepare())
