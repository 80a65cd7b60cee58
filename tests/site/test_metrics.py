"""The metrics for Prometheus, and the log records."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY

from harness.stores import MuteLog
from sse_pipeline import SSEHandler, metrics
from sse_pipeline.exceptions import FrameTooLarge, LimitReached
from sse_pipeline.stores.log import Log
from sse_pipeline.testing import SSECommunicator


@pytest.fixture
def growth() -> Iterator[Callable[..., float]]:
    """Connect the metrics; return how much a figure has grown since then."""
    metrics.connect()

    def value(name: str, labels: dict[str, str]) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    before: dict[Any, float] = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
    }

    def grown(name: str, **labels: str) -> float:
        return value(name, labels) - before.get((name, *sorted(labels.items())), 0.0)

    yield grown
    metrics.disconnect()


def test_a_stream_is_counted_from_its_opening_to_its_end(growth: Callable[..., float]) -> None:
    handler = SSEHandler(components=["text", "speech"])
    handler.send("text", component="text", chunk="hello")
    assert growth("sse_streams_open", state="streaming") == 1
    handler.fail_component("text", "broke")
    assert growth("sse_streams_open", state="streaming") == 0
    assert growth("sse_streams_open", state="draining") == 1
    handler.mark_component_complete("speech")
    assert growth("sse_streams_open", state="draining") == 0
    assert growth("sse_streams_ended_total", state="errored", reason="component_failed") == 1
    assert growth("sse_components_settled_total", status="failed") == 1
    assert growth("sse_components_settled_total", status="complete") == 1
    assert growth("sse_frames_total") == 1
    assert growth("sse_bytes_total") > 10
    assert growth("sse_time_to_first_frame_seconds_count") == 1
    assert growth("sse_drain_seconds_count") == 1


def test_a_stream_without_frames_has_no_first_one(growth: Callable[..., float]) -> None:
    SSEHandler().mark_complete()
    assert growth("sse_streams_ended_total", state="complete", reason="") == 1
    assert growth("sse_time_to_first_frame_seconds_count") == 0
    assert growth("sse_drain_seconds_count") == 1


async def test_the_delay_of_delivery_and_the_readers(growth: Callable[..., float]) -> None:
    from project.asgi import application

    handler = SSEHandler(components=["text"])
    await handler.asend("text", chunk="before")
    async with SSECommunicator(application, f"/streams/{handler.stream_id}/events/") as client:
        await client.next()
        assert REGISTRY.get_sample_value("sse_readers") == 1
        assert growth("sse_delivery_seconds_count") == 0
        Log.sample_deliveries(0.0)  # each frame
        await handler.asend("text", chunk="one")
        Log.sample_deliveries(None)
        await handler.amark_component_complete("text")
        await client.events()
    assert growth("sse_delivery_seconds_count") == 1
    assert growth("sse_delivery_seconds_sum") < 5
    assert REGISTRY.get_sample_value("sse_readers") == 0


async def test_a_lost_wake_up_is_counted(
    growth: Callable[..., float], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from project.asgi import application

    settings.SSE_PIPELINE = {"HEARTBEAT": 0.05, "STORE": "harness.stores.MuteStore"}
    monkeypatch.setattr(MuteLog, "muted", False)
    handler = SSEHandler(components=["text"])
    await handler.asend("text", chunk="before")
    async with SSECommunicator(application, f"/streams/{handler.stream_id}/events/") as client:
        await client.next()
        await client.next()
        monkeypatch.setattr(MuteLog, "muted", True)
        await handler.asend("text", chunk="unheard")
        event = await client.next()
        while event is not None and "unheard" not in event.data:
            event = await client.next()
    assert growth("sse_lost_wakeups_total") >= 1


def test_what_a_bound_refuses_is_counted(growth: Callable[..., float], settings: Any) -> None:
    settings.SSE_PIPELINE = {"COMPONENTS": 1, "OWNER_STREAMS": 1, "MAX_FRAME_BYTES": 10}
    handler = SSEHandler(owner="user:7", components=["text"])
    handler.open()
    with pytest.raises(LimitReached):
        handler.register_component("speech")
    with pytest.raises(LimitReached):
        SSEHandler(owner="user:7").open()
    with pytest.raises(FrameTooLarge):
        handler.send("text", chunk="too long")
    for name in settings.SSE_PIPELINE:
        assert growth("sse_limits_reached_total", limit=name) == 1


def test_the_exposition(growth: Callable[..., float], rf: Any) -> None:
    response = metrics.exposition(rf.get("/metrics"))
    assert response["Content-Type"].startswith("text/plain")
    for name in (b"sse_streams_open", b"sse_journal_lag_seconds 0.0", b"sse_journal_dropped_total",
                 b"sse_archive_lost_total", b"sse_readers 0.0"):  # fmt: skip
        assert name in response.content


def test_nothing_is_timed_without_them() -> None:
    log = Log(1000)
    log.append([b"event: text"])
    assert log.sample is None


def test_the_log_has_fields(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "sse_pipeline.records")
    handler = SSEHandler(owner="user:7", components=["text"])
    handler.send("text", chunk="hello")
    handler.cancel()
    handler.fail_component("text", "stopped")
    records: list[Any] = [each for each in caplog.records if each.name == "sse_pipeline.records"]
    assert [record.getMessage().split(" ", 2)[0] for record in records] == [
        "stream", "component", "stream", "stream",
    ]  # fmt: skip
    assert {record.stream_id for record in records} == {handler.stream_id}
    last = records[-1]
    assert last.getMessage() == f"stream {handler.stream_id} ended errored (cancelled)"
    assert (last.state, last.reason, last.owner, last.frames) == (
        "errored",
        "cancelled",
        "user:7",
        1,
    )
    assert last.seconds >= 0
