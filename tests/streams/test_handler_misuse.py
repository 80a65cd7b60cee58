"""Misuse of the public interface: what is refused, and what is only logged."""

import math
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.handlers import events, handler_of
from harness.waiting import until
from sse_pipeline import SSEHandler
from sse_pipeline.exceptions import (
    AlreadyRegistered,
    InvalidComponent,
    InvalidFrame,
    RegistryClosed,
    StreamEnded,
    StreamNotFound,
)


def in_a_fork(work: Callable[[], str]) -> str:
    """Return what a function returns in a forked child."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, work().encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = answer.read()
    os.waitpid(child, 0)
    return told


def test_misuse_of_registration() -> None:
    handler = handler_of("a", "b")
    handler.register_component("a")
    with pytest.raises(AlreadyRegistered, match="'a'"):
        handler.register_component("a", required=False)
    with pytest.raises(InvalidComponent, match="name"):
        handler.register_component("no name")
    with pytest.raises(InvalidComponent, match="timeout"):
        handler.register_component("c", timeout=-1)
    handler.mark_component_complete("a")
    with pytest.raises(AlreadyRegistered):
        handler.register_component("a")
    handler.mark_complete()
    with pytest.raises(RegistryClosed):
        handler.register_component("c")
    handler.mark_component_complete("b")
    with pytest.raises(StreamEnded):
        handler.register_component("c")


def test_misuse_of_settlement_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "sse_pipeline")
    handler = handler_of("a", "b")
    assert not handler.mark_component_complete("nobody")
    assert handler.mark_component_complete("a")
    assert not handler.mark_component_complete("a")
    assert not handler.fail_component("a", "late")
    handler.mark_component_complete("b")
    assert not handler.mark_component_complete("b")
    assert not handler.mark_complete()
    assert not handler.cancel()
    assert not handler.send_error("late")
    ignored = [record for record in caplog.records if "ignored" in record.message]
    assert len(ignored) == 7
    assert ignored[0].stream_id == handler.stream_id  # type: ignore[attr-defined]


def test_misuse_of_send() -> None:
    handler = handler_of("a")
    for name in ("complete", "error", "two words"):
        with pytest.raises(InvalidFrame, match="^event: "):
            handler.send(name)
    with pytest.raises(InvalidFrame, match="^x: "):
        handler.send("text", x=float("nan"))
    with pytest.raises(InvalidFrame, match="^type: "):
        handler.send("text", type="other")
    with pytest.raises(InvalidComponent, match="^component: 'nobody'"):
        handler.send("text", component="nobody")
    handler.mark_component_complete("a")
    with pytest.raises(StreamEnded):
        handler.send("text")


def test_fields_may_be_called_what_they_like() -> None:
    handler = handler_of("a")
    more: dict[str, Any] = {"from": 2}
    handler.send("text", event="inner", self="me", fields=1, **more)
    handler.mark_component_complete("a")
    assert events(handler)[2].json() == {
        "type": "text", "event": "inner", "self": "me", "fields": 1, "from": 2,
    }  # fmt: skip


@pytest.mark.parametrize("deadline", [0, -1, "soon", float("nan"), True])
def test_a_deadline_is_a_duration(deadline: Any) -> None:
    with pytest.raises(ValueError, match="^deadline: "):
        SSEHandler(deadline=deadline)


@pytest.mark.parametrize("summary", [{"at": object()}, {"share": math.nan}, {"text": "\ud800"}])
def test_a_summary_that_json_has_no_form_for_is_refused(summary: dict[str, Any]) -> None:
    handler = SSEHandler(components=["a"])
    with pytest.raises(InvalidFrame, match="^summary: "):
        handler.mark_component_complete("a", summary=summary)
    with pytest.raises(InvalidFrame, match="^summary: "):
        handler.fail_component("a", "broke", summary=summary)
    assert handler.snapshot().registry.pending()


@pytest.mark.parametrize("given", ["", "no id", "\ud800", 7, None])
async def test_an_id_that_no_stream_can_have(given: Any) -> None:
    with pytest.raises(StreamNotFound):
        await SSEHandler.aattach(given)


def test_texts_that_can_not_be_sent() -> None:
    handler = handler_of("a")
    with pytest.raises(InvalidFrame, match="^note: "):
        handler.note("a", "\ud800")
    with pytest.raises(ValueError, match="^owner: "):
        SSEHandler(owner="\ud800")


@pytest.mark.parametrize("summary", [{"n": {1: 2}}, {"n": 2**70}, {"n": "\ud800"}])
def test_a_summary_that_the_end_could_not_carry_is_refused_at_once(summary: Any) -> None:
    handler = handler_of("a", "b")
    with pytest.raises(InvalidFrame, match="^summary: "):
        handler.mark_component_complete("a", summary=summary)
    handler.mark_component_complete("a", summary={"n": {"1": 2.5}})
    handler.mark_component_complete("b")
    assert handler.snapshot().state == "complete"


def test_an_error_that_can_not_be_encoded_still_settles(settings: Any) -> None:
    settings.SSE_PIPELINE = {"EXPOSE_ERRORS": True}
    handler = handler_of("a")
    assert handler.fail_component("a", "no file \udcff")
    assert handler.snapshot().state == "errored"


def test_an_id_is_found_as_soon_as_the_stream_is_open() -> None:
    handler = SSEHandler(components=["a"])
    with pytest.raises(StreamNotFound):
        SSEHandler.attach(handler.stream_id)
    handler.open()
    assert list(SSEHandler.attach(handler.stream_id).snapshot().registry.components) == ["a"]


async def test_an_id_is_found_as_soon_as_the_stream_is_open_in_a_loop() -> None:
    handler = SSEHandler(components=["a"])
    await handler.aopen()
    await handler.aopen()
    assert (await SSEHandler.aattach(handler.stream_id)).stream_id == handler.stream_id


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"required": False}, "required=True, not False"),
        ({"timeout": 5}, "timeout=120.0, not 5"),
        ({"required": False, "timeout": None}, "required=True, not False and timeout=120.0, not N"),
    ],
)
def test_a_second_registration_says_which_option_differs(
    options: dict[str, Any], message: str
) -> None:
    handler = SSEHandler()
    handler.register_component("a")
    with pytest.raises(AlreadyRegistered, match=message):
        handler.register_component("a", **options)
    handler.register_component("b")
    handler.mark_component_complete("a")
    with pytest.raises(AlreadyRegistered, match="it is complete"):
        handler.register_component("a")


def test_a_misspelt_component_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    handler = SSEHandler()
    handler.register_component("text_generation")
    assert not handler.mark_component_complete("text-generation")
    (record,) = [each for each in caplog.records if each.levelname == "WARNING"]
    assert "has the components text_generation" in record.getMessage()


def test_a_component_that_was_forgotten_is_warned_of(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SSE_PIPELINE = {"COMPONENT_TIMEOUT": 0.05}
    handler = SSEHandler()
    handler.register_component("text")
    assert handler.is_complete.wait(30)
    # The record comes with the signals, after the commit.
    until(lambda: f"component text of stream {handler.stream_id} is timed_out" in caplog.text)
    assert [each.levelname for each in caplog.records if "timed_out" in each.getMessage()] == [
        "WARNING"
    ]


def test_a_generator_that_is_closed_cancels_its_component() -> None:
    handler = SSEHandler()

    def produce() -> Iterator[str]:
        with handler.component("text"):
            yield "one"
            yield "two"

    chunks = produce()
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert handler.snapshot().ledger()["text"]["status"] == "cancelled"


def test_a_forked_child_says_where_the_streams_are() -> None:
    handler = SSEHandler()
    handler.register_component("text")

    def send() -> str:
        try:
            handler.send("text", chunk="one")
        except StreamNotFound as error:
            return str(error)
        return "sent"

    assert "SSE_PIPELINE['STORE'] = 'memory'" in in_a_fork(send)


class Unspeakable(Exception):
    """An error that has no text."""

    def __str__(self) -> str:
        raise ValueError("no text")


def test_an_error_that_has_no_text_still_settles() -> None:
    handler = handler_of("a")
    with pytest.raises(Unspeakable), handler.component("a"):
        raise Unspeakable
    assert handler.snapshot().state == "errored"
