"""Every store keeps the contract; the store in memory is chosen by the setting."""

import gc
import threading
import traceback
import weakref
from collections.abc import Callable

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from harness.redis_server import RedisServer, closing_all
from harness.remote_store import RemoteStore
from harness.waiting import until
from sse_pipeline import SSEHandler, signals, stores
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.stores.log import Log
from sse_pipeline.stores.memory import MemoryStore
from sse_pipeline.stores.redis import RedisStore
from sse_pipeline.streams.watchdog import watchdog_of
from sse_pipeline.testing import STORE_CHECKS, check_store
from sse_pipeline.testing.subject import CheckedStream, Factory, made

each_check = pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)


@each_check
@pytest.mark.parametrize("make", [MemoryStore, RemoteStore])
def test_a_store_keeps_the_contract(check: Callable[[Factory], None], make: Factory) -> None:
    check(make)


@each_check
def test_the_store_over_redis_keeps_the_contract(
    check: Callable[[Factory], None], each_redis: RedisServer
) -> None:
    with closing_all(each_redis.url) as make:
        check(make)


@each_check
def test_the_store_over_a_cluster_keeps_the_contract(
    check: Callable[[Factory], None], each_cluster: RedisServer
) -> None:
    with closing_all(each_cluster.url) as make:
        check(make)


class Deaf(MemoryStore):
    """Keeps no notes."""

    def note(self, stream_id: str, component: str, note: str) -> None:
        pass


def test_the_check_finds_a_store_that_breaks_it() -> None:
    check_store(MemoryStore)
    with pytest.raises((AssertionError, KeyError)):
        check_store(Deaf)


def test_the_setting_chooses(settings: Settings) -> None:
    assert isinstance(stores.current(), MemoryStore)
    assert stores.current() is stores.current()
    settings.SSE_PIPELINE = {"STORE": "harness.remote_store.RemoteStore", "KEEP": 1}
    assert isinstance(stores.current(), RemoteStore)


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:1/0", "rediss://:secret@host:1", "unix:///run/redis.sock?db=1"]
)
def test_a_url_chooses_redis_and_nothing_is_asked_of_it_yet(url: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": url}
    assert isinstance(stores.current(), RedisStore)


@pytest.mark.parametrize(
    "path",
    [
        "nowhere.Store",
        "redis://host:port",
        "redis://host/0?ssl_ca_cert=misspelt.pem",
        "memroy",
        "harness.stores.Clock",
        "sse_pipeline.stores.current",
    ],
)
def test_what_is_no_store_is_named(path: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": path}
    with pytest.raises(ImproperlyConfigured, match=r"SSE_PIPELINE\['STORE'\]"):
        stores.current()


@pytest.mark.parametrize(
    "url",
    [
        "redsi://:s3cret@host/0",
        "redis://:s3cret/with-a-slash@host/0",
        "redis://ann:s3cret@host:port/0",
        "unix:///socket?db=one&password=s3cret",
    ],
)
def test_its_password_is_not_shown(url: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": url}
    with pytest.raises(ImproperlyConfigured, match=r"SSE_PIPELINE\['STORE'\] = ") as error:
        stores.current()
    assert "s3cret" not in "".join(traceback.format_exception(error.value))


def test_a_commit_that_won_says_so_though_another_followed_at_once() -> None:
    followers: list[Callable[[], None]] = []

    class FollowedLog(Log):
        """A log whose next ring lets another commit follow."""

        def ring(self) -> None:
            if followers:
                followers.pop()()

    class FollowedStore(MemoryStore):
        log_class = FollowedLog

    stream = CheckedStream(made(FollowedStore), "a", "b")

    def follow() -> None:
        later = CheckedStream(stream.store)
        later.id, later.snapshot = stream.id, stream.load()
        later.decide(causes.complete("b"))

    followers.append(follow)
    before = stream.snapshot
    outcome = decide(before, causes.complete("a"), 1.0)
    held = stream.store.commit(stream.id, before, outcome.snapshot, outcome.frames)
    assert held is outcome.snapshot
    assert stream.load().terminal


def test_a_store_that_is_closed_leaves_no_thread_behind(store: Callable[..., None]) -> None:
    store(LEASE=600)  # no check of a lease wakes the watchdog
    before = set(threading.enumerate())
    for _ in range(3):
        handler = SSEHandler(components=["a"], deadline=1000)
        handler.send("text", component="a", chunk="hello")
        assert not handler.is_complete.wait(0.02)  # by then the watchdog waits, too
        stores.reset()
    until(lambda: not [each for each in set(threading.enumerate()) - before if each.is_alive()])


def test_a_late_call_keeps_no_store_that_was_closed() -> None:
    store = MemoryStore(held_bytes=1000, max_stream_bytes=1000, keep=60.0)
    is_there = weakref.ref(store)
    store.close()
    watchdog_of(store).watch(Snapshot("id"))
    del store
    gc.collect()
    assert is_there() is None


def test_a_watchdog_may_close_its_own_store(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"DEADLINE": 0.05}
    closed = threading.Event()

    def close(**_: object) -> None:
        stores.reset()
        closed.set()

    signals.stream_ended.connect(close)
    try:
        SSEHandler(components=["a"]).open()
        assert closed.wait(30)
    finally:
        signals.stream_ended.disconnect(close)
