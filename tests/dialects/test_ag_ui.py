"""AG-UI's client reads a stream in Node, with its verifier; its Python package knows each event."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from ag_ui.core import Event
from httpx_sse import EventSource
from pydantic import TypeAdapter

from harness import npm
from harness.dialect_site import PIECES, TEXT
from harness.event_source import PLAIN
from harness.servers import serve

pytestmark = pytest.mark.processes

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.dialect_settings", "PYTHONDEVMODE": "1"}
SCENARIOS = ("finish", "fail", "say nothing", "think", "cancel", "use tools")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve("uvicorn", "harness.dialect_site:application", SETTINGS) as server:
        yield server.url


@pytest.fixture(scope="module")
def runs(url: str) -> Any:
    return npm.run("agent.mjs", url, *SCENARIOS)


def messages(run: Any) -> list[tuple[str, str]]:
    return [(each["role"], each.get("content", "")) for each in run["messages"]]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_verifier_accepts_every_run(runs: Any, scenario: str) -> None:
    first, *_, last = [event["type"] for event in runs[scenario]["events"]]
    assert first == "RUN_STARTED"
    assert last == ("RUN_ERROR" if scenario == "fail" else "RUN_FINISHED")
    assert runs[scenario]["failure"] is None


def test_a_text_is_a_message_and_components_are_steps(runs: Any) -> None:
    run = runs["finish"]
    assert messages(run) == [("assistant", TEXT)]
    steps = [each["stepName"] for each in run["events"] if each["type"] == "STEP_STARTED"]
    assert sorted(steps) == ["speech", "text"]
    ticks = [each["value"]["piece"] for each in run["events"] if each["type"] == "CUSTOM"]
    assert sorted(ticks) == sorted(map(len, PIECES))


def test_a_run_that_fails(runs: Any) -> None:
    assert runs["fail"]["errors"] == [["Answer pipeline ended with an error", "component_failed"]]
    assert messages(runs["fail"]) == [("assistant", PIECES[0])]


def test_a_run_that_is_cancelled_has_finished(runs: Any) -> None:
    assert runs["cancel"]["events"][-1]["outcome"] == {"type": "cancelled"}
    assert messages(runs["cancel"]) == [("assistant", PIECES[0])]


def test_reasoning_is_a_message_of_its_own(runs: Any) -> None:
    assert messages(runs["think"]) == [
        ("reasoning", "Where is it?"),
        ("assistant", "It is in France"),
    ]


def test_tools_and_state(runs: Any) -> None:
    run = runs["use tools"]
    assert run["state"] == {"seen": [1, 2], "step": "search"}
    [call] = [call for each in run["messages"] for call in each.get("toolCalls", [])]
    assert call["function"] == {"name": "search", "arguments": '{"query":"capital\\u2028"}'}
    assert ("tool", '["Paris"]') in messages(run)
    assert ("assistant", "It is Paris.") in messages(run)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_python_package_knows_each_event(url: str, scenario: str) -> None:
    question = {"messages": [{"id": "1", "role": "user", "content": scenario}]}
    with httpx.stream("POST", f"{url}/run", json=question, timeout=30, verify=PLAIN) as response:
        events = list(EventSource(response).iter_sse())
    assert [event.id for event in events] == [str(number + 1) for number in range(len(events))]
    known: TypeAdapter[Any] = TypeAdapter(Event)
    for event in events:
        assert known.validate_json(event.data).type.value == event.json()["type"]
