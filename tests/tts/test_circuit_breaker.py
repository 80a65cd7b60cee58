"""An engine that fails again and again is left alone, and tried once in a while."""

from threading import Barrier, Thread

from sse_pipeline.tts.engines.circuit_breaker import CircuitBreaker, circuit_breaker_for
from sse_pipeline.tts.engines.engine_catalogue import find_engine
from sse_pipeline.tts.speech_config import SpeechConfig


def test_failures_in_a_row_open_it():
    breaker = CircuitBreaker(2, 10)
    breaker.record_failure(0)
    assert not breaker.is_open(0)
    breaker.record_success()
    breaker.record_failure(1)
    assert not breaker.is_open(1)
    breaker.record_failure(2)
    assert breaker.is_open(2)
    assert breaker.is_open(11.9)


def test_one_is_let_through_in_each_pause():
    breaker = CircuitBreaker(1, 10)
    breaker.record_failure(0)
    assert not breaker.is_open(10)
    assert breaker.is_open(10)
    breaker.record_failure(15)
    assert breaker.is_open(24)
    assert not breaker.is_open(25)
    breaker.record_success()
    assert not breaker.is_open(25)
    assert not breaker.is_open(25)


def test_one_that_never_came_back_does_not_keep_it_open():
    breaker = CircuitBreaker(1, 10)
    breaker.record_failure(0)
    assert not breaker.is_open(10)
    assert not breaker.is_open(20)


def test_threads_that_ask_at_once_share_one():
    for number in range(50):
        start = Barrier(4)
        found: set[CircuitBreaker] = set()
        engine = find_engine(SpeechConfig(speed=1 + number / 100))

        def ask(engine=engine, start=start, found=found):
            start.wait(30)
            found.add(circuit_breaker_for(engine))

        threads = [Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(found) == 1


def test_equal_engines_share_one():
    first, second = (find_engine(SpeechConfig(voice="en-gb", speed=1.7)) for _ in range(2))
    assert first is not second
    assert circuit_breaker_for(first) is circuit_breaker_for(second)
    assert circuit_breaker_for(first, 7) is not circuit_breaker_for(first)
    assert circuit_breaker_for(first) is not circuit_breaker_for(
        find_engine(SpeechConfig(voice="en-us", speed=1.7))
    )
