"""The bounds of one stream: its components, and what its producers report of them."""

import itertools
import logging
from typing import Any

import pytest
from pytest_django import Settings

from harness.redis_server import RedisServer
from sse_pipeline import Component, SSEHandler
from sse_pipeline.exceptions import InvalidComponent, InvalidFrame, LimitReached
from sse_pipeline.testing import Decoder, Event
from sse_pipeline.testing.subject import race

LONG = "x" * 1_000_000


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> str:
    """Name each store in turn."""
    if request.param == "memory":
        return "memory"
    server: RedisServer = request.getfixturevalue("redis")
    return server.url


def events_of(handler: SSEHandler) -> list[Event]:
    return list(Decoder().feed(b"".join(handler)))


def test_a_registration_too_many_harms_itself_alone(store: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": store, "COMPONENTS": 3}
    handler = SSEHandler(components=["a", "b"])
    handler.register_component("c")
    with pytest.raises(LimitReached) as refused:
        handler.register_component("d")
    assert str(refused.value) == (
        f"SSE_PIPELINE['COMPONENTS'] = 3: stream {handler.stream_id} takes no further component:"
        " 'd'"
    )
    with pytest.raises(LimitReached), handler.component("e"):
        pass
    handler.register_component("c")  # again
    handler.send("text", component="c", chunk="goes on")
    for name in "abc":
        assert handler.mark_component_complete(name)
    assert events_of(handler)[-1].event == "complete"


def test_a_hundred_thousand_components_are_refused_at_the_first_too_many() -> None:
    handler = SSEHandler()
    refused = 0
    for number in range(100_000):
        try:
            handler.register_component(f"c{number}")
        except LimitReached:
            refused += 1
            break
    assert (number, refused) == (256, 1)
    handler.mark_complete()
    handler.cancel()
    assert len(handler.snapshot().registry.components) == 256


def test_a_declared_list_is_bounded_too() -> None:
    endless = (f"c{number}" for number in itertools.count())
    with pytest.raises(
        LimitReached, match=r"^SSE_PIPELINE\['COMPONENTS'\] = 256: stream [0-9a-f-]"
    ):
        SSEHandler(components=endless)


def test_a_large_list_that_the_setting_allows(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"COMPONENTS": 10_000}
    handler = SSEHandler(components=(f"c{number}" for number in range(10_000)))
    handler.open()
    handler.send_error("all of them end at once")
    assert len(handler.snapshot().registry.pending()) == 10_000


def test_racing_registrations_do_not_pass_the_limit(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"COMPONENTS": 5}
    handler, refused = SSEHandler(), list[int]()
    handler.open()

    def register(number: int) -> None:
        try:
            SSEHandler.attach(handler.stream_id).register_component(f"c{number}")
        except LimitReached:
            refused.append(number)

    race(12, register)
    assert len(refused) == 7
    assert len(handler.snapshot().registry.components) == 5


def test_a_limit_is_that_of_the_opening(settings: Settings) -> None:
    handler = SSEHandler(components=["a", "b"])
    handler.open()
    assert handler.snapshot().limits.components == 256


def test_reports_of_errors_are_bounded(store: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": store, "ERRORS": 2}
    handler = SSEHandler(components=["a"])
    for _ in range(2):
        assert handler.send_error("slow", fatal=False)
    with pytest.raises(LimitReached, match=r"^SSE_PIPELINE\['ERRORS'\] = 2: stream "):
        handler.send_error("slow", fatal=False)
    assert handler.send_error("over", code="broken")  # it decides the end
    with pytest.raises(LimitReached):
        handler.send_error("over")
    handler.mark_component_complete("a")
    events = events_of(handler)
    assert [event.event for event in events].count("stream_error") == 3
    assert events[-1].json()["reason"] == "error_reported"


def test_the_texts_of_an_error_are_cut(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"MAX_TEXT_CHARACTERS": 10}
    handler = SSEHandler(components=["a"])
    handler.send_error(LONG, component=LONG, code=LONG)
    handler.mark_component_complete("a")
    error = next(event for event in events_of(handler) if event.event == "stream_error").json()
    cut = "xxxxxxxxxx… (999,990 characters more)"
    assert (error["message"], error["component"], error["code"]) == (cut, cut, cut)


def test_an_exposed_exception_is_cut(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.SSE_PIPELINE = {"EXPOSE_ERRORS": True}
    handler = SSEHandler(components=["a"])
    handler.fail_component("a", LONG)
    assert all(len(event.data) < 10_000 for event in events_of(handler))
    assert max(len(record.getMessage()) for record in caplog.records) < 10_000


def test_a_summary_is_bounded_and_its_component_stays(store: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": store}
    handler = SSEHandler(components=["a"])
    handler.open()
    for settle in (handler.mark_component_complete, handler.fail_component):
        arguments: tuple[Any, ...] = (
            ("a",)
            if settle == handler.mark_component_complete
            else (
                "a",
                "broke",
            )
        )
        with pytest.raises(LimitReached, match=r"^SSE_PIPELINE\['MAX_SUMMARY_BYTES'\] = 8192: "):
            settle(*arguments, summary={"text": LONG})
    assert handler.mark_component_complete("a", summary={"text": "x" * 8000})
    assert events_of(handler)[-1].event == "complete"


def test_a_note_is_cut_and_one_of_nobody_is_not_kept() -> None:
    handler = SSEHandler(components=["a"])
    handler.open()
    handler.note("a", LONG)
    for number in range(10):
        handler.note(f"nobody{number}", "here")
    tallies = handler.snapshot().traffic.components
    assert list(tallies) == ["a"]
    assert tallies["a"].note == f"{LONG[:4000]}… (996,000 characters more)"


def test_an_owner_is_bounded() -> None:
    SSEHandler(owner="x" * 255)
    with pytest.raises(ValueError, match="^owner: must not be longer than 255 characters"):
        SSEHandler(owner=LONG)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Component(LONG),
        lambda: Component("a", timeout=LONG),  # type: ignore[arg-type]
        lambda: SSEHandler(components=LONG),
        lambda: SSEHandler().send(LONG),
    ],
)
def test_no_message_repeats_a_long_value(call: Any) -> None:
    with pytest.raises((InvalidComponent, InvalidFrame)) as refused:
        call()
    assert len(str(refused.value)) < 500


def test_no_line_of_the_log_repeats_a_long_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    handler = SSEHandler(components=[f"{'c' * 90}{number}" for number in range(200)])
    assert not handler.mark_component_complete(LONG)
    assert max(len(record.getMessage()) for record in caplog.records) < 2000
