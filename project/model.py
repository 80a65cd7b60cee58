"""A chat model behind an OpenAI-compatible interface."""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk

#: The variables that name the server of the model, its key, and the model.
VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL")

Message = dict[str, str]


class Ending(NamedTuple):
    """How an answer ended that was not simply done: a code, and a sentence for the reader."""

    code: str
    sentence: str
    #: Whether what came is an answer.
    counts: bool


#: By the `finish_reason`. Others, such as `stop`, say that the answer is done.
ENDINGS = {
    "length": Ending("length", "The answer was cut: it reached the limit of its length", True),
    "content_filter": Ending(
        "content_filter", "The provider of the model withheld the rest", False
    ),
}
EMPTY = Ending("empty_answer", "The model gave an empty answer", False)


def missing() -> list[str]:
    """Return the variables that are not set, and are needed to ask a model."""
    return [name for name in VARIABLES if not os.environ.get(name)]


class ModelAnswer:
    """The answer of a model to a conversation: its chunks, and then how it ended."""

    #: None if it is simply done, or not done yet.
    ending: Ending | None = None

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages

    async def chunks(self) -> AsyncGenerator[str]:
        """Yield the chunks.

        Raises:
            EOFError: The answer broke off.
            Exception: The client of OpenAI and its transport raise errors of their own.
        """
        said, finish_reason = False, None
        async with await asyncio.to_thread(_client) as client:
            stream = await client.chat.completions.create(**_request(self._messages))
            try:
                async for completion in stream:
                    for choice in completion.choices:
                        if choice.delta.content:
                            said = True
                            yield choice.delta.content
                        finish_reason = choice.finish_reason or finish_reason
            finally:
                await _finish(stream)
        if finish_reason is None:
            raise EOFError("the model's answer broke off")
        self.ending = ENDINGS.get(finish_reason, None if said else EMPTY)


def _request(messages: Sequence[Message]) -> dict[str, Any]:
    limit = settings.MODEL_MAX_TOKENS
    return {
        "model": os.environ["OPENAI_MODEL"],
        "messages": messages,
        "stream": True,
        "extra_body": settings.MODEL_OPTIONS,
        **({"max_tokens": limit} if limit else {}),
    }


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
