"""The text, said in tokens as a language model would, by the clock."""

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep

from project.recital import recite

TEXT = Path(__file__).with_name("text.md")


class Recital:
    """The tokens of a text, each when it is due; one that was taken late delays no other."""

    def __init__(self, text: str, tokens_per_second: float = math.inf) -> None:
        self._tokens = asyncio.run(_tokens(text))
        self._rate = tokens_per_second
        #: When the first token was due, and when the last one is.
        self.began = self.ended = 0.0

    def __iter__(self) -> Iterator[str]:
        """Say the text."""
        self.began = perf_counter()
        self.ended = self.began + (len(self._tokens) - 1) / self._rate
        for number, token in enumerate(self._tokens):
            sleep(max(self.began + number / self._rate - perf_counter(), 0))
            yield token


async def _tokens(text: str) -> list[str]:
    return [token async for token in recite(text, math.inf)]
