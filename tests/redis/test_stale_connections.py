"""A process that is still connected to the old primary does not judge by what that one holds."""

from collections.abc import Iterator

import pytest

from harness.failover import NOBODY, Pair, pair, replicated
from harness.redis_server import closing_all
from sse_pipeline.testing.subject import CheckedStream, Factory, got, made

pytestmark = pytest.mark.processes

#: Seconds of a lease in which no process renews it, and so finds that the server changed.
LONG = 6000.0


@pytest.fixture
def servers() -> Iterator[Pair]:
    with pair() as servers:
        yield servers


@pytest.fixture
def make(servers: Pair) -> Iterator[Factory]:
    with closing_all(servers.url) as make:
        yield lambda **options: made(make, lease=LONG, **options)


def test_an_id_that_others_saw_is_known(servers: Pair, make: Factory) -> None:
    reader, producer = make(), make()
    stream = CheckedStream(producer, "writer")
    got(reader.attach(stream.id))
    reader.detach(stream.id)
    replicated(servers.primary, stream.id)
    servers.fail_over(NOBODY)
    stream.append("after the failover", "writer")
    stream.load()  # it is written then
    log = got(reader.attach(stream.id, 3))
    assert log.last == 3
    reader.detach(stream.id)


def test_a_stream_that_others_see_is_known(servers: Pair, make: Factory) -> None:
    reader, producer = make(), make()
    first = CheckedStream(producer, "writer")
    got(reader.attach(first.id))
    reader.detach(first.id)
    replicated(servers.primary, first.id)
    servers.fail_over(NOBODY)
    later = CheckedStream(producer, "writer")
    assert got(reader.attach(later.id)).last == 2
    reader.detach(later.id)
