"""A lull is noticed once, after the last that was heard."""

import time
from threading import Event, Lock

from sse_pipeline.tts.loop import speech_loop
from sse_pipeline.tts.lull import Lull

PATIENCE = 30


def test_it_rings_once_after_the_last():
    rung, times = Event(), []
    lock = Lock()

    def ring():
        times.append(time.monotonic())
        rung.set()

    lull = Lull(0.05, lock, ring)
    for _ in range(1000):
        with lock:
            lull.heard()
    last = time.monotonic()
    assert rung.wait(PATIENCE)
    assert len(times) == 1
    assert times[0] >= last + 0.05 - 0.002


def test_it_rings_again_when_something_was_heard_again():
    rung, lock = Event(), Lock()
    lull = Lull(0.01, lock, rung.set)
    for _ in range(3):
        rung.clear()
        with lock:
            lull.heard()
        assert rung.wait(PATIENCE)


def test_one_timer_serves_all(monkeypatch):
    scheduled: list[float] = []
    rung, lock = Event(), Lock()
    lull = Lull(0.01, lock, rung.set)
    wait = lull._wait

    def count(seconds: float) -> None:
        scheduled.append(seconds)
        wait(seconds)

    monkeypatch.setattr(lull, "_wait", count)
    for _ in range(1000):
        with lock:
            lull.heard()
    assert rung.wait(PATIENCE)
    assert len(scheduled) < 100
    assert speech_loop().is_running()
