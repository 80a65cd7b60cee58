"""How many speeches a process and an owner may have."""

import asyncio
import gc

import pytest
from pytest_django import Settings

from sse_pipeline import SSEHandler
from sse_pipeline.answers import Answer, Speech
from sse_pipeline.exceptions import TooManyOpen


@pytest.mark.parametrize("setting", ["SPEECHES", "OWNER_SPEECHES"])
async def test_a_speech_too_many_is_refused_until_another_ends(
    setting: str, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {setting: 1}
    first = SSEHandler(owner="user:7")
    answer = Answer(first, Speech(first))
    await answer.open()
    with pytest.raises(TooManyOpen, match=rf"^SSE_PIPELINE\['{setting}'\] = 1: so many speeches"):
        Speech(SSEHandler(owner="user:7"))
    await answer.cancel()
    async with asyncio.timeout(30):
        await first.ended()
    Speech(SSEHandler(owner="user:7")).withdraw()


def test_a_speech_that_is_dropped_leaves_its_place(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"SPEECHES": 1}
    Speech(SSEHandler())
    gc.collect()
    Speech(SSEHandler()).withdraw()


async def test_an_answer_that_is_refused_leaves_its_place(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"SPEECHES": 1, "STREAMS": 1}
    await SSEHandler().aopen()
    for _ in range(3):
        handler = SSEHandler()
        answer = Answer(handler, Speech(handler))
        with pytest.raises(TooManyOpen, match="STREAMS"):
            await answer.open()
