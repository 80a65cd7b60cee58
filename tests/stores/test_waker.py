"""A thread that waits for sockets is woken, whatever their numbers are."""

import fcntl
import os
import resource
from collections.abc import Iterator
from contextlib import closing

import pytest

from sse_pipeline.stores.remote.waker import Waker

HIGH = 1500


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft <= HIGH:
        resource.setrlimit(resource.RLIMIT_NOFILE, (HIGH + 100, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_descriptor_above_1024_can_be_waited_for(many_files: None) -> None:
    reader, writer = os.pipe()
    high = fcntl.fcntl(reader, fcntl.F_DUPFD, HIGH)
    try:
        with closing(Waker()) as waker:
            assert not waker.wait(0, high)
            os.write(writer, b"x")
            assert waker.wait(30, high)
    finally:
        for descriptor in (reader, writer, high):
            os.close(descriptor)


def test_a_wait_clears_the_call_that_ended_it() -> None:
    with closing(Waker()) as waker:
        waker.wake()
        assert waker.wait(30)
        assert not waker.wait(0)
