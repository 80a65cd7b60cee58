"""Nothing hangs: every bound of the design, by a clock that the test turns."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from pytest_django import Settings

from harness.stores import Clock, ClockedStore
from harness.waiting import until
from sse_pipeline import SSEHandler, conf, stores
from sse_pipeline.exceptions import InvalidComponent
from sse_pipeline.streams import watchdog
from sse_pipeline.streams.watchdog import Watchdog


@pytest.fixture
def store(settings: Settings) -> ClockedStore:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.ClockedStore"}
    store = stores.current()
    assert isinstance(store, ClockedStore)
    return store


@pytest.fixture
def clock(store: ClockedStore) -> Clock:
    return store.clock


@pytest.fixture
def dog(store: ClockedStore) -> Watchdog:
    """Give the watchdog of the store, whose thread has ended: the test goes on patrol itself."""
    dog = watchdog.watchdog_of(store)
    dog.stop()
    return dog


def opened(handler: SSEHandler) -> SSEHandler:
    handler.snapshot()
    return handler


def two() -> SSEHandler:
    return opened(SSEHandler(components=["a", "b"]))


def beside() -> SSEHandler:
    handler = opened(SSEHandler(components=["a"]))
    handler.register_component("b", timeout=None)
    return handler


def closed() -> SSEHandler:
    handler = two()
    handler.mark_component_complete("b")
    handler.mark_complete()
    return handler


def failed() -> SSEHandler:
    handler = two()
    handler.fail_component("b", "broke")
    return handler


def cancelled() -> SSEHandler:
    handler = two()
    handler.cancel()
    return handler


def unbounded() -> SSEHandler:
    handler = SSEHandler(deadline=None)
    handler.register_component("a", timeout=None)
    return handler


def impatient() -> SSEHandler:
    handler = SSEHandler()
    handler.register_component("a", timeout=7)
    return handler


def optional() -> SSEHandler:
    handler = SSEHandler()
    handler.register_component("a", required=False, timeout=7)
    return handler


def unclaimed() -> SSEHandler:
    handler = SSEHandler()
    handler.register_component("a", claim=False)
    return handler


class Bound(NamedTuple):
    name: str
    make: Callable[[], SSEHandler]
    seconds: float
    state: str
    verdict: str | None
    status: str


BOUNDS = [
    Bound("life", lambda: opened(SSEHandler()), 1800, "errored", "timeout", ""),
    Bound("life, given", lambda: opened(SSEHandler(deadline=9)), 9, "errored", "timeout", ""),
    Bound("life, at work", lambda: opened(SSEHandler(components=["a"], deadline=9)), 9,
          "errored", "timeout", "abandoned"),
    Bound("silence", beside, 120, "draining", "timeout", "timed_out"),
    Bound("silence, given", impatient, 7, "errored", "timeout", "timed_out"),
    Bound("silence, optional", optional, 7, "complete", None, "timed_out"),
    Bound("claim", unclaimed, 60, "errored", "producer_lost", "lost"),
    Bound("drain after mark_complete", closed, 60, "errored", "timeout", "abandoned"),
    Bound("drain after a failure", failed, 5, "errored", "component_failed", "abandoned"),
    Bound("drain after a cancel", cancelled, 5, "errored", "cancelled", "abandoned"),
]  # fmt: skip


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_each_bound(bound: Bound, clock: Clock, dog: Watchdog) -> None:
    handler = bound.make()
    before = handler.snapshot()
    clock.pass_by(bound.seconds - 0.1)
    dog.check_due()
    assert handler.snapshot() == before
    clock.pass_by(0.2)
    dog.check_due()
    after = handler.snapshot()
    assert (after.state, after.verdict) == (bound.state, bound.verdict)
    if bound.status:
        assert after.ledger()["a"]["status"] == bound.status


def test_what_has_no_bound_is_left_alone(clock: Clock, dog: Watchdog) -> None:
    handler = unbounded()
    clock.pass_by(10 * 365 * 86400)
    dog.check_due()
    assert handler.snapshot().state == "streaming"


@pytest.mark.parametrize("sign", ["frame", "anyone's frame", "note"])
def test_a_sign_of_life_puts_the_silence_off(sign: str, clock: Clock, dog: Watchdog) -> None:
    handler = SSEHandler()
    handler.register_component("a", timeout=10)
    handler.register_component("b", timeout=None)
    for _ in range(5):
        clock.pass_by(9)
        dog.check_due()
        if sign == "note":
            handler.note("a", "thinking")
        else:
            handler.send("text", component="a" if sign == "frame" else None)
    assert handler.snapshot().state == "streaming"
    clock.pass_by(10)
    dog.check_due()
    assert handler.snapshot().ledger()["a"]["status"] == "timed_out"
    assert handler.snapshot().ledger()["a"]["reason"] == "silent for 10 s"


@pytest.mark.parametrize("claim", ["send", "note", "register", "component"])
def test_a_component_that_was_taken_waits_no_longer(
    claim: str, clock: Clock, dog: Watchdog
) -> None:
    handler = unclaimed()
    takes: dict[str, Callable[[], object]] = {
        "send": lambda: handler.send("text", component="a"),
        "note": lambda: handler.note("a", "begins"),
        "register": lambda: handler.register_component("a"),
        "component": lambda: handler.component("a").__enter__(),
    }
    takes[claim]()
    clock.pass_by(61)
    dog.check_due()
    assert handler.snapshot().state == "streaming"


def test_speech_is_never_cut_for_being_long(clock: Clock, dog: Watchdog) -> None:
    handler = closed()
    for _ in range(10):
        clock.pass_by(50)
        dog.check_due()
        handler.send("audio", component="a")
    handler.mark_component_complete("a")
    assert handler.snapshot().state == "complete"


def test_after_a_cancel_frames_put_nothing_off(clock: Clock, dog: Watchdog) -> None:
    handler = cancelled()
    clock.pass_by(4)
    handler.send("text", component="a")
    handler.cancel()
    clock.pass_by(1.1)
    dog.check_due()
    assert handler.snapshot().state == "errored"


def test_an_ended_stream_is_kept_and_then_forgotten(
    clock: Clock, store: ClockedStore, dog: Watchdog
) -> None:
    handler = opened(SSEHandler())
    handler.mark_complete()
    assert dog.check_due() == 600
    clock.pass_by(599)
    assert dog.check_due() == 1
    assert store.load(handler.stream_id) is not None
    clock.pass_by(1)
    assert dog.check_due() is None
    assert store.load(handler.stream_id) is None
    assert store.kept == 0


def test_a_patrol_says_when_the_next_is_due(clock: Clock, dog: Watchdog) -> None:
    assert dog.check_due() is None
    opened(SSEHandler(deadline=50))
    opened(SSEHandler(deadline=20))
    assert dog.check_due() == 20


def test_a_store_that_fails_is_asked_again(
    clock: Clock, store: ClockedStore, dog: Watchdog
) -> None:
    handler = opened(SSEHandler(deadline=1))
    store.failing = True
    clock.pass_by(2)
    assert dog.check_due() == watchdog.RETRY
    store.failing = False
    clock.pass_by(watchdog.RETRY)
    dog.check_due()
    assert handler.is_complete.is_set()


def test_many_streams_leave_nothing_behind(dog: Watchdog) -> None:
    for _ in range(1500):
        handler = SSEHandler()
        handler.register_component("a")
        handler.mark_component_complete("a")
    assert len(dog.schedule) == 0
    assert dog.schedule.entries <= 1000


def test_its_thread_does_it_by_itself() -> None:
    with override_settings(SSE_PIPELINE={"DRAIN_LIMIT": 0.05}):
        late, handler = two(), two()
        handler.fail_component("a", "broke")
        assert handler.is_complete.wait(10)
        assert handler.snapshot().ledger()["b"]["status"] == "abandoned"
        assert not late.is_complete.is_set()


@pytest.mark.parametrize("seconds", [1.1e9, 2**70, 9.3e9])
def test_a_duration_that_no_clock_counts_is_refused(seconds: float, settings: Settings) -> None:
    with pytest.raises(ValueError, match="deadline"):
        SSEHandler(deadline=seconds)
    with pytest.raises(InvalidComponent, match="timeout"):
        SSEHandler().register_component("a", timeout=seconds)
    for name in ("DEADLINE", "KEEP", "LEASE", "HEARTBEAT", "COMPONENT_TIMEOUT"):
        with pytest.raises(ImproperlyConfigured, match=name):
            conf.parse({name: seconds})


class FarStore(ClockedStore):
    """A store with a record of another process, whose bound no lock can wait for."""

    swept = False

    def sweep(self) -> float | None:
        self.swept = True
        return 1e12


class FailingStore(ClockedStore):
    """A store that fails once when it is swept."""

    swept = False

    def sweep(self) -> float | None:
        if not self.swept:
            self.swept = True
            raise ArithmeticError("the sweep was made to fail")
        return super().sweep()


@pytest.mark.parametrize("kind", [FarStore, FailingStore])
def test_no_store_ends_the_watchdog(kind: type[ClockedStore], settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": f"{kind.__module__}.{kind.__name__}", "DRAIN_LIMIT": 1}
    store = stores.current()
    assert isinstance(store, FarStore | FailingStore)
    watchdog.watchdog_of(store).stop()
    dog = Watchdog(store, retry=0.01)
    handler = two()
    dog.watch(handler.snapshot())
    until(lambda: store.swept)
    store.clock.pass_by(3600)
    dog.check_soon(handler.stream_id)
    assert handler.is_complete.wait(30)
    dog.stop()
