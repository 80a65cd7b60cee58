"""A question is answered by a model, and ends whatever the model does."""

import gc
from collections.abc import Iterator
from contextlib import closing
from socket import socket
from types import AsyncGeneratorType
from typing import Any

import pytest

from harness.fake_model import ANSWER
from harness.servers import HOST, Server, serve
from harness.site_client import path_of, post, request, streaming
from project import model
from sse_pipeline import stores
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
    assert statuses == {"text_generation": "complete", "tts_processing": "complete"}


@pytest.mark.usefixtures("fake_model")
async def test_an_empty_answer_is_one() -> None:
    events = await ask("nothing", speech=True)
    assert (events[-1].event, text_of(events)) == ("complete", "")


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
    answer = model.ask("stall")
    assert await anext(answer) == ANSWER[0]
    gc.disable()  # it would hide what is left
    try:
        await answer.aclose()
        assert suspended() == before
    finally:
        gc.enable()
