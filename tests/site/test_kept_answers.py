"""The answers that the demonstration keeps by a finalizer, and shows when its page is loaded."""

import asyncio
import uuid
from dataclasses import replace

import pytest
from django.test import AsyncClient

from harness.site_client import HELLO, TOKEN, post
from project.kept_answers import MOST_ANSWERS, save_answer
from project.models import KeptAnswer
from sse_pipeline import Finalization, SSEHandler
from sse_pipeline.lifecycle.snapshot import Verdict

pytestmark = pytest.mark.usefixtures("database_of_loop")

VISITOR = f"csrftoken={TOKEN}"


async def page_of(cookie: str) -> str:
    client = AsyncClient()
    client.cookies["csrftoken"] = cookie
    return (await client.get("/")).content.decode()


async def test_an_answer_is_kept_before_its_stream_is_complete_and_shown_to_whoever_asked() -> None:
    reply = await post({**HELLO, "text": "Good <b>morning</b>."}, cookie=VISITOR)
    handler = await SSEHandler.aattach(reply.json["stream"])
    await asyncio.wait_for(handler.ended(), 30)
    assert (await handler.asnapshot()).ledger()["save"]["status"] == "complete"
    kept = await KeptAnswer.objects.aget(stream_id=handler.stream_id)
    assert (kept.text, kept.outcome) == ("Good <b>morning</b>.", "complete")
    assert "Good &lt;b&gt;morning&lt;/b&gt;." in await page_of(TOKEN)
    assert "Kept answers" not in await page_of("b" * 32)


async def test_an_answer_of_a_client_without_a_cookie_is_not_kept() -> None:
    reply = await post(HELLO)
    handler = await SSEHandler.aattach(reply.json["stream"])
    await asyncio.wait_for(handler.ended(), 30)
    assert "save" not in (await handler.asnapshot()).ledger()
    assert not await KeptAnswer.objects.aexists()


def finalization() -> Finalization:
    handler = SSEHandler(components=["text_generation"])
    handler.send("text", chunk="Hello")
    stream_id = handler.stream_id
    return Finalization(stream_id, "save", uuid.uuid4(), 1, None, None, handler.content())


@pytest.mark.django_db
def test_an_answer_is_kept_once_and_the_oldest_goes() -> None:
    first = finalization()
    for attempt in (1, 2):
        save_answer(replace(first, attempt=attempt), "me", "Hello?")
    assert KeptAnswer.objects.count() == 1
    for _ in range(MOST_ANSWERS):
        save_answer(replace(first, token=uuid.uuid4()), "me", "Hello?")
    assert KeptAnswer.objects.count() == MOST_ANSWERS
    assert not KeptAnswer.objects.filter(token=first.token).exists()


@pytest.mark.django_db
def test_a_cancelled_answer_is_not_kept_and_a_failed_one_says_why() -> None:
    save_answer(replace(finalization(), verdict=Verdict.CANCELLED), "me", "Hello?")
    save_answer(replace(finalization(), verdict=Verdict.COMPONENT_FAILED), "me", "Hello?")
    assert KeptAnswer.objects.get().outcome == "component_failed"
