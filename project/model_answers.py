"""The answer to a question: what the documents say of it, and then what the model says."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from django.conf import settings

from sse_pipeline import SSEHandler
from sse_pipeline.answers import TEXT

from . import retrieval
from .model import Message, ModelAnswer
from .questions import Question
from .retrieval import Section

RETRIEVAL = "retrieval"


async def answer_question(handler: SSEHandler, question: Question) -> AsyncGenerator[str]:
    """Yield the chunks of the answer; tell the reader of sources, and of an end that is no success.

    The search is a component of its own, which the answer does not need.
    """
    sources = await _retrieve(handler, str(question.question))
    answer = ModelAnswer(messages_of(question, sources))
    async with aclosing(answer.chunks()) as chunks:
        async for chunk in chunks:
            yield chunk
    if (ending := answer.ending) is not None:
        await handler.asend_error(
            ending.sentence, component=TEXT, code=ending.code, fatal=not ending.counts
        )


async def _retrieve(handler: SSEHandler, question: str) -> list[Section]:
    async with handler.component(RETRIEVAL, required=False) as found:
        sources = await asyncio.to_thread(retrieval.search, question)
        for source in sources:
            await found.asend("citation", url=source.path, title=source.title, text=source.excerpt)
    return sources


def messages_of(question: Question, sources: Sequence[Section]) -> list[Message]:
    """Return the conversation as the model gets it: as many of the last turns as it may see."""
    system = [{"role": "system", "content": settings.MODEL_SYSTEM}] if settings.MODEL_SYSTEM else []
    turns: list[Message] = []
    left = settings.MODEL_HISTORY
    for turn in reversed(question.history):
        left -= len(turn.question) + len(turn.answer)
        if left < 0:
            break
        turns = [
            {"role": "user", "content": turn.question},
            {"role": "assistant", "content": turn.answer},
            *turns,
        ]
    notes = [each.excerpt for each in sources[: settings.MODEL_NOTES]]
    asked = str(question.question)
    content = "\n\n".join([*(f"Notes: {note}" for note in notes), f"Question: {asked}"])
    return [*system, *turns, {"role": "user", "content": content if notes else asked}]
