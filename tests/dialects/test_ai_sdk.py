"""The AI SDK reads a stream: the `Chat` of `@ai-sdk/react`, which `useChat` holds, in Node."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from harness import npm
from harness.dialect_site import PIECES, TEXT
from harness.servers import serve

pytestmark = pytest.mark.processes

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.dialect_settings", "PYTHONDEVMODE": "1"}
DONE = b"data: [DONE]\n\n"


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with serve(request.param, "harness.dialect_site:application", SETTINGS) as server:
        yield server.url


def parts(shown: Any) -> list[Any]:
    """Return the parts of the answer, which is the only one."""
    question, answer = shown["messages"]
    assert (question["role"], answer["role"]) == ("user", "assistant")
    found: list[Any] = answer["parts"]
    return found


def texts(shown: Any) -> list[tuple[str, str]]:
    return [(part["text"], part["state"]) for part in parts(shown) if part["type"] == "text"]


def body(url: str, text: str) -> httpx.Response:
    question = {"messages": [{"role": "user", "parts": [{"type": "text", "text": text}]}]}
    return httpx.post(f"{url}/chat/body", json=question, timeout=30).raise_for_status()


def test_the_header_of_the_protocol(url: str) -> None:
    reply = body(url, "finish")
    assert reply.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.content.endswith(DONE)


@pytest.mark.parametrize("scenario", ["whole", "older"])
def test_an_answer_is_shown(url: str, scenario: str) -> None:
    shown = npm.run("chat.mjs", scenario, url, "finish")
    assert texts(shown) == [(TEXT, "done")]
    ticks = [part["data"] for part in parts(shown) if part["type"] == "data-tick"]
    assert sorted(tick["piece"] for tick in ticks) == sorted(map(len, PIECES))
    if scenario == "whole":
        assert (shown["status"], shown["errors"]) == ("ready", [])


def test_reasoning_sources_and_speech(url: str) -> None:
    shown = npm.run("chat.mjs", "whole", url, "think")
    assert [(part["type"], part.get("text")) for part in parts(shown)] == [
        ("reasoning", "Where is it?"),
        ("text", "It is in France"),
        ("source-url", None),
    ]
    assert parts(shown)[2]["title"] == "Example"
    # The page plays speech, and the message does not keep it.
    [audio] = shown["data"]
    assert (audio["type"], audio["data"]) == ("data-audio", {"segment": 1, "audio": "AAAA"})


def test_an_answer_that_fails(url: str) -> None:
    shown = npm.run("chat.mjs", "whole", url, "fail")
    assert shown["status"] == "error"
    assert shown["errors"] == ["Error: Answer pipeline ended with an error"]
    assert texts(shown) == [(PIECES[0], "done")]


def test_an_answer_that_is_cancelled(url: str) -> None:
    shown = npm.run("chat.mjs", "whole", url, "cancel")
    assert (shown["status"], shown["errors"]) == ("ready", [])
    assert texts(shown) == [(PIECES[0], "done")]


def test_an_answer_without_text(url: str) -> None:
    shown = npm.run("chat.mjs", "whole", url, "say nothing")
    assert (shown["status"], parts(shown)) == ("ready", [])


def test_an_answer_is_whole_after_a_cut_anywhere(url: str) -> None:
    size = len(body(url, "finish").content)
    cuts = [1, *range(61, size, 61), size - len(DONE) - 1, size - len(DONE), size - 1]
    results = npm.run("chat.mjs", "cuts", url, "finish", json.dumps(cuts))
    assert len(results) == len(cuts)
    for cut, shown in zip(cuts, results, strict=True):
        assert (cut, shown["before"], shown["status"]) == (cut, "error", "ready")
        assert (cut, texts(shown)) == (cut, [(TEXT, "done")])


def test_two_tabs_show_the_same(url: str) -> None:
    first, second = npm.run("chat.mjs", "tabs", url, "wait for two")
    assert texts(first) == texts(second) == [(TEXT, "done")]
    assert first["status"] == second["status"] == "ready"
