"""A recital: a text in tokens, as a language model would send it. It needs no model."""

import asyncio
import re
from collections.abc import AsyncGenerator

_TOKEN = re.compile(r"\s*\S{1,5}|\s+")


async def recite(text: str, tokens_per_second: float) -> AsyncGenerator[str]:
    """Yield a text in chunks of the size of a token; joined they are the text."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number, token in enumerate(_TOKEN.findall(text)):
        await asyncio.sleep(start + number / tokens_per_second - loop.time())
        yield token
