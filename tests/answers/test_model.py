"""A question is answered by a model, and ends whatever the model does."""

import asyncio
import gc
import json
from collections.abc import Iterator
from contextlib import closing
from socket import socket
from types import AsyncGeneratorType
from typing import Any

import pytest

from harness.fake_model import ANSWER
from harness.servers import HOST, ROOT, Server, serve
from harness.site_client import path_of, post, request, streaming
from project import model
from project.model import ModelAnswer
from project.model_answers import messages_of
from project.questions import Question, Turn
from project.retrieval import search
from sse_pipeline import SSEHandler, stores
from sse_pipeline.lifecycle.snapshot import Stop
from sse_pipeline.testing import Event


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("uvicorn", "harness.fake_model:application") as server:
        yield server


@pytest.fixture
def fake_model(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", HOST)
    for name, value in zip(model.VARIABLES, (f"{server.url}/v1", "key", "fake"), strict=True):
        monkeypatch.setenv(name, value)


async def ask(question: str, **fields: Any) -> list[Event]:
    """Ask, and read the answer to its end."""
    async with streaming({"question": question, "speech": False, **fields}) as client:
        assert client.status == 200
        events = await client.events()
    assert client.ended
    assert not any("secret" in event.data for event in events)
    return events


def text_of(events: list[Event]) -> str:
    return "".join(event.json()["chunk"] for event in events if event.event == "text")


@pytest.mark.usefixtures("fake_model")
async def test_a_question_is_answered_chunk_by_chunk() -> None:
    events = await ask("Who is there?")
    chunks = [event.json()["chunk"] for event in events if event.event == "text"]
    assert tuple(chunks) == ANSWER
    assert events[-1].event == "complete"


@pytest.mark.usefixtures("fake_model")
async def test_an_answer_is_spoken() -> None:
    events = await ask("Who is there?", speech=True)
    assert "audio" in {event.event for event in events}
    statuses = {name: each["status"] for name, each in events[-1].json()["components"].items()}
    assert statuses == dict.fromkeys(("text_generation", "tts_processing", "retrieval"), "complete")


@pytest.mark.usefixtures("fake_model")
@pytest.mark.parametrize(
    ("question", "code", "end"),
    [
        ("nothing", "empty_answer", "errored"),
        ("filtered", "content_filter", "errored"),
        ("too long", "length", "complete"),
    ],
)
async def test_an_end_that_is_no_success_is_told(question: str, code: str, end: str) -> None:
    events = await ask(question, speech=True)
    (error,) = (event.json() for event in events if event.event == "stream_error")
    assert (error["component"], error["code"]) == ("text_generation", code)
    assert text_of(events) == ("" if question == "nothing" else "".join(ANSWER))
    assert events[-1].event == end
    assert events[-1].json()["components"]["tts_processing"]["status"] == "complete"


@pytest.mark.usefixtures("fake_model")
async def test_the_request_has_what_the_settings_say(settings: Any) -> None:
    settings.MODEL_MAX_TOKENS, settings.MODEL_OPTIONS = 17, {"temperature": 0, "dry_multiplier": 1}
    settings.MODEL_SYSTEM, settings.MODEL_NOTES = "Be short.", 0
    events = await ask("report", history=[{"question": "Who?", "answer": "I."}])
    document = json.loads(text_of(events))
    asked = {name: document[name] for name in ("max_tokens", "temperature", "dry_multiplier")}
    assert asked == {"max_tokens": 17, "temperature": 0, "dry_multiplier": 1}
    assert [(each["role"], each["content"]) for each in document["messages"]] == [
        ("system", "Be short."), ("user", "Who?"), ("assistant", "I."), ("user", "report"),
    ]  # fmt: skip


async def test_only_turns_that_fit_are_told_and_the_last_ones_first(settings: Any) -> None:
    settings.MODEL_HISTORY, settings.MODEL_SYSTEM = 8, ""
    turns = (Turn("aaaa", "aaaa"), Turn("bb", "bb"), Turn("c", "c"))
    messages = messages_of(Question(question="d", history=turns), ())
    assert [each["content"] for each in messages] == ["bb", "bb", "c", "c", "d"]


@pytest.mark.usefixtures("fake_model")
async def test_an_answer_cites_the_documents_and_tells_the_model_of_them() -> None:
    events = await ask("report on how a reader resumes after a lost connection behind nginx")
    cited = [event.json() for event in events if event.event == "citation"]
    assert 0 < len(cited) <= 3
    assert all((ROOT / each["url"]).is_file() and each["title"] for each in cited)
    settled = [each.json() for each in events if each.event == "component"]
    assert settled[-2]["component"] == "retrieval"  # before the text
    notes = [*search("how does a reader resume"), *search("Who was Napoleon?")]
    asked = messages_of(Question(question="Why?"), notes)[-1]["content"]
    assert asked.startswith(f"Notes: {notes[0].excerpt}")
    assert asked.endswith("Question: Why?")
    assert search("Who was Napoleon?") == []


@pytest.mark.usefixtures("fake_model")
async def test_an_answer_that_nobody_reads_is_stopped(settings: Any) -> None:
    settings.MODEL_UNREAD = 0.1
    reply = await post({"question": "stall", "speech": False})
    handler = await SSEHandler.aattach(reply.json["stream"])
    async with asyncio.timeout(30):
        await handler.ended()
    assert handler.snapshot().stopped == Stop("nobody reads")


async def test_an_answer_that_is_read_goes_on(settings: Any) -> None:
    settings.MODEL_UNREAD = 0.02
    async with streaming(
        {"text": "one two three four five six", "tokens_per_second": 40}
    ) as client:
        events = await client.events()
    assert events[-1].json().get("stopped") is None


@pytest.mark.usefixtures("fake_model")
@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("cut", "Hello"),
        ("stop short", "".join(ANSWER)),
        ("error", "Hello"),
        ("garbage", "Hello"),
        ("stall", "Hello"),
        ("stall at once", ""),
        ("500", ""),
        ("429", ""),
        ("401", ""),
        ("302", ""),
    ],
)
@pytest.mark.parametrize("speech", [True, False])
async def test_a_model_that_fails_ends_the_stream(
    question: str, text: str, speech: bool, settings: Any
) -> None:
    if "stall" in question:
        settings.MODEL_TIMEOUT = 0.3
    events = await ask(question, speech=speech)
    end = events[-1].json()
    assert text_of(events) == text
    assert (events[-1].event, end["reason"]) == ("errored", "component_failed")
    assert end["components"]["text_generation"]["status"] == "failed"


@pytest.mark.usefixtures("fake_model")
async def test_a_fault_breaks_an_answer_off() -> None:
    events = await ask("Who is there?", fault="text")
    assert (events[-1].event, events[-1].json()["reason"]) == ("errored", "component_failed")


@pytest.mark.usefixtures("fake_model")
@pytest.mark.parametrize("address", ["refused", "no address"])
async def test_a_model_that_is_not_there(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket()) as taken:
        taken.bind((HOST, 0))  # and not listening
        url = f"http://{HOST}:{taken.getsockname()[1]}/v1" if address == "refused" else address
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        events = await ask("Who is there?")
    assert (events[-1].event, events[-1].json()["reason"]) == ("errored", "component_failed")


@pytest.mark.usefixtures("fake_model")
async def test_a_question_is_cancelled_while_the_model_stalls() -> None:
    async with streaming({"question": "stall", "speech": True}) as client:
        first = await client.next()
        assert first is not None
        async for event in client:
            if event.event == "text":
                break
        await request("POST", path_of("cancel", first.json()["stream"]))
        events = await client.events()
    assert (events[-1].event, events[-1].json()["reason"]) == ("errored", "cancelled")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL"),
        ({"OPENAI_MODEL": "fake"}, "OPENAI_BASE_URL, OPENAI_API_KEY"),
        (
            {"OPENAI_MODEL": "fake", "OPENAI_API_KEY": "key", "OPENAI_BASE_URL": ""},
            "OPENAI_BASE_URL",
        ),
    ],
)
async def test_without_a_model_a_question_is_refused(
    given: dict[str, str], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in model.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    reply = await post({"question": "Who is there?"})
    assert reply.status == 400
    assert reply.json == {"error": f"there is no model: set {missing}", "field": "question"}
    assert stores.current().open_streams() == []


def suspended() -> list[str]:
    """Return the generators of the client's responses that wait to be continued."""
    generators = [each for each in gc.get_objects() if isinstance(each, AsyncGeneratorType)]
    return [each.__qualname__ for each in generators if each.ag_frame and "Stream" in repr(each)]


@pytest.mark.usefixtures("fake_model")
async def test_an_answer_that_is_given_up_leaves_no_generator_to_the_collector() -> None:
    """The collector may run in any thread, and would close them while their loop runs them."""
    gc.collect()
    before = suspended()
    answer = ModelAnswer([{"role": "user", "content": "stall"}]).chunks()
    assert await anext(answer) == ANSWER[0]
    gc.disable()  # it would hide what is left
    try:
        await answer.aclose()
        assert suspended() == before
    finally:
        gc.enable()
