"""A chat model behind an OpenAI-compatible interface."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk

#: The variables that name the server of the model, its key, and the model.
VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL")


def missing() -> list[str]:
    """Return the variables that are not set, and are needed to ask a model."""
    return [name for name in VARIABLES if not os.environ.get(name)]


async def ask(question: str) -> AsyncGenerator[str]:
    """Yield the chunks of a model's answer.

    Raises:
        EOFError: The answer broke off.
        Exception: The client of OpenAI and its transport raise errors of their own.
    """
    async with await asyncio.to_thread(_client) as client:
        stream = await client.chat.completions.create(
            model=os.environ["OPENAI_MODEL"],
            messages=[{"role": "user", "content": question}],
            stream=True,
        )
        finished = False
        try:
            async for completion in stream:
                for choice in completion.choices:
                    if choice.delta.content:
                        yield choice.delta.content
                    finished = finished or choice.finish_reason is not None
        finally:
            await _finish(stream)
        if not finished:
            raise EOFError("the model's answer broke off")


async def _finish(stream: "AsyncStream[ChatCompletionChunk]") -> None:
    """Close a stream, and let its generators end.

    The client leaves them suspended, in a cycle. The garbage collector may find that cycle in any
    thread, and close a generator there that runs in the loop: "async generator already executing".
    """
    await stream.close()
    with suppress(Exception):
        async for _ in stream:
            pass


def _client() -> "AsyncOpenAI":
    from openai import AsyncOpenAI  # noqa: PLC0415 - it takes a second, and few need it

    return AsyncOpenAI(max_retries=0, timeout=settings.MODEL_TIMEOUT)
