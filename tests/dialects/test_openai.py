"""OpenAI's own client reads a stream: whole, after cuts, and when it fails."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from openai import APIConnectionError, APIError, NotFoundError, OpenAI

from harness.dialect_site import TEXT
from harness.proxy import proxy
from harness.servers import Server, serve

pytestmark = pytest.mark.processes

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.dialect_settings", "PYTHONDEVMODE": "1"}
SEEDS = range(10)
#: Bytes after which a connection is cut: an event of a response takes some hundreds.
LIFETIME = 1500
MOST_CUTS = 200


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serve(request.param, "harness.dialect_site:application", SETTINGS) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[OpenAI]:
    with client_of(server.url) as client:
        yield client


def client_of(url: str) -> OpenAI:
    return OpenAI(api_key="none", base_url=f"{url}/v1", max_retries=0, timeout=30)


def ask(client: OpenAI, content: str) -> Any:
    message: Any = {"role": "user", "content": content}
    return client.chat.completions.create(model="any", messages=[message], stream=True)


def respond(client: OpenAI, content: str) -> Any:
    return client.responses.create(model="any", input=content, stream=True)


# chat.completions


def test_a_completion_is_read(client: OpenAI) -> None:
    chunks = list(ask(client, "finish"))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TEXT
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len({chunk.id for chunk in chunks}) == 1
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}


def test_the_client_puts_a_completion_together(client: OpenAI) -> None:
    message: Any = {"role": "user", "content": "finish"}
    with client.chat.completions.stream(model="any", messages=[message]) as stream:
        completion = stream.get_final_completion()
    assert completion.choices[0].message.content == TEXT
    assert completion.choices[0].finish_reason == "stop"


def test_a_completion_that_fails_is_an_error_of_the_client(client: OpenAI) -> None:
    chunks = []
    with pytest.raises(APIError) as caught:
        chunks += list(ask(client, "fail"))
    assert caught.value.code == "component_failed"
    assert "secret" not in str(caught.value.body)


def test_a_completion_without_text(client: OpenAI) -> None:
    chunks = list(ask(client, "say nothing"))
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["", None]


# responses


def test_a_response_is_read(client: OpenAI) -> None:
    events = list(respond(client, "finish"))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == TEXT
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == TEXT
    assert events[-1].response.status == "completed"


def test_the_client_puts_a_response_together(client: OpenAI) -> None:
    with client.responses.stream(model="any", input="finish") as stream:
        response = stream.get_final_response()
    assert response.output_text == TEXT


def test_a_response_that_fails(client: OpenAI) -> None:
    last = list(respond(client, "fail"))[-1]
    assert (last.type, last.response.status) == ("response.failed", "failed")
    assert "secret" not in last.response.error.message
    assert last.response.output_text == TEXT[: len("Paris")]
    assert last.response.output[0].status == "incomplete"


def test_a_response_goes_on_behind_each_event(client: OpenAI) -> None:
    events = list(respond(client, "finish"))
    response_id = events[0].response.id
    for event in events[:-1]:
        rest = client.responses.retrieve(
            response_id, stream=True, starting_after=event.sequence_number
        )
        assert list(rest) == events[event.sequence_number + 1 :]
    last = events[-1].sequence_number
    assert list(client.responses.retrieve(response_id, stream=True, starting_after=last)) == []
    with pytest.raises(APIError, match="does not have the events"):
        list(client.responses.retrieve(response_id, stream=True, starting_after=last + 1))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_response_is_exact_after_cuts_at_random_bytes(
    server: Server, client: OpenAI, seed: int
) -> None:
    whole, events = list(respond(client, "finish")), list[Any]()
    with (
        proxy(server.port, lifetime=LIFETIME, seed=seed) as between,
        client_of(f"http://127.0.0.1:{between.port}") as cut,
    ):
        while not (events and events[-1].type == "response.completed"):
            assert between.cuts < MOST_CUTS
            events += survivors(cut, whole[0].response.id, len(events) - 1)
    assert events == whole
    assert between.cuts


def survivors(client: OpenAI, response_id: str, last: int) -> Iterator[Any]:
    """Yield the events that one connection brings."""
    resumed: Any = {"starting_after": last} if last >= 0 else {}
    with suppress(APIConnectionError):
        yield from client.responses.retrieve(response_id, stream=True, **resumed)


def test_a_response_that_is_unknown(client: OpenAI) -> None:
    with pytest.raises(NotFoundError):
        client.responses.retrieve("4b4ba0e7-0000-4000-8000-000000000000", stream=True)
