"""An engine that fails again and again is left alone, and tried once in a while."""

from sse_pipeline.tts.breaker import Breaker, breaker_of
from sse_pipeline.tts.config import SpeechConfig
from sse_pipeline.tts.engines.catalogue import find_engine


def test_failures_in_a_row_open_it():
    breaker = Breaker(2, 10)
    breaker.failed(0)
    assert not breaker.is_open(0)
    breaker.succeeded()
    breaker.failed(1)
    assert not breaker.is_open(1)
    breaker.failed(2)
    assert breaker.is_open(2)
    assert breaker.is_open(11.9)


def test_one_is_let_through_in_each_pause():
    breaker = Breaker(1, 10)
    breaker.failed(0)
    assert not breaker.is_open(10)
    assert breaker.is_open(10)
    breaker.failed(15)
    assert breaker.is_open(24)
    assert not breaker.is_open(25)
    breaker.succeeded()
    assert not breaker.is_open(25)
    assert not breaker.is_open(25)


def test_one_that_never_came_back_does_not_keep_it_open():
    breaker = Breaker(1, 10)
    breaker.failed(0)
    assert not breaker.is_open(10)
    assert not breaker.is_open(20)


def test_equal_engines_share_one():
    first, second = (find_engine(SpeechConfig(voice="en-gb", speed=1.7)) for _ in range(2))
    assert first is not second
    assert breaker_of(first) is breaker_of(second)
    assert breaker_of(first, 7) is not breaker_of(first)
    assert breaker_of(first) is not breaker_of(find_engine(SpeechConfig(voice="en-us", speed=1.7)))
