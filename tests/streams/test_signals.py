"""Signals: after the commit, in the order of versions, and of no consequence to the flow."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sse_pipeline import SSEHandler, signals
from sse_pipeline.streams.announcements import Turnstile


@pytest.fixture
def heard() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    heard: list[tuple[str, dict[str, Any]]] = []
    names = {id(getattr(signals, name)): name for name in vars(signals)}

    def listen(signal: Any, **details: Any) -> None:
        heard.append((names[id(signal)], details))

    for signal in signals.ALL:
        signal.connect(listen)
    yield heard
    for signal in signals.ALL:
        signal.disconnect(listen)


def test_what_is_announced(heard: list[tuple[str, dict[str, Any]]]) -> None:
    handler = SSEHandler(components=["a"])
    handler.register_component("b", required=False)
    handler.mark_component_complete("a")
    handler.fail_component("b", "broke")
    commits = [details for name, details in heard if name == "stream_changed"]
    assert [commit["cause"].trigger for commit in commits] == ["register", "complete", "fail"]
    assert [len(commit["steps"]) for commit in commits] == [0, 0, 2]
    heard = [each for each in heard if each[0] != "stream_changed"]
    assert [name for name, _ in heard] == [
        "stream_opened",
        "component_registered",
        "component_registered",
        "component_settled",
        "component_settled",
        "state_changed",
        "state_changed",
        "stream_ended",
    ]
    assert [details["component"].name for _, details in heard[1:5]] == ["a", "b", "a", "b"]
    assert [details["step"][1:] for _, details in heard[5:7]] == [
        ("streaming", "draining"),
        ("draining", "complete"),
    ]
    versions = [details["snapshot"].version for _, details in heard]
    assert versions == sorted(versions)


def test_a_receiver_that_raises_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def receiver(**_: Any) -> None:
        raise RuntimeError("the journal is broken")

    signals.component_settled.connect(receiver)
    try:
        handler = SSEHandler(components=["a"])
        assert handler.mark_component_complete("a")
    finally:
        signals.component_settled.disconnect(receiver)
    assert handler.is_complete.is_set()
    assert "the journal is broken" in caplog.text


def test_a_receiver_may_use_the_handler(heard: list[tuple[str, dict[str, Any]]]) -> None:
    handler = SSEHandler(components=["a", "b"])

    def receiver(component: Any, **_: Any) -> None:
        handler.mark_component_complete("b")

    signals.component_settled.connect(receiver)
    try:
        handler.mark_component_complete("a")
    finally:
        signals.component_settled.disconnect(receiver)
    assert handler.is_complete.is_set()
    versions = [details["snapshot"].version for _, details in heard]
    assert versions == sorted(versions)


def test_racing_commits_are_announced_in_order(heard: list[tuple[str, dict[str, Any]]]) -> None:
    handler = SSEHandler(components=[f"c{number}" for number in range(32)])
    barrier = threading.Barrier(32)

    def settle(number: int) -> None:
        barrier.wait(10)
        handler.mark_component_complete(f"c{number}")

    threads = [threading.Thread(target=settle, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    versions = [details["snapshot"].version for _, details in heard]
    assert versions == sorted(versions)
    assert [name for name, _ in heard].count("component_settled") == 32
    assert heard[-1][0] == "stream_ended"


def test_the_turnstile_holds_back_who_is_early() -> None:
    turnstile, said = Turnstile(), list[int]()
    for version in (3, 4, 4, 5):
        turnstile.enter("id", version)
    turnstile.leave("id", 4, lambda: said.append(4))
    turnstile.leave("id", 5, lambda: said.append(5))
    assert said == []
    turnstile.leave("id", 3, lambda: said.append(3))
    assert said == [3, 4]
    turnstile.leave("id", 4)
    assert said == [3, 4, 5]
    assert len(turnstile) == 0


def test_the_turnstile_goes_on_after_an_error() -> None:
    turnstile, said = Turnstile(), list[int]()
    turnstile.enter("id", 1)
    with pytest.raises(ZeroDivisionError):
        turnstile.leave("id", 1, lambda: said.append(1 // 0))
    turnstile.enter("id", 2)
    turnstile.leave("id", 2, lambda: said.append(2))
    assert said == [2]
