"""Two web processes and a producer share a database: each is killed, and no reader notices."""

import pytest

from harness.database_stores import StreamDatabase
from harness.event_source import EventSource, check, numbers
from harness.fault_client import APPLICATION
from harness.producers import SETTINGS, producers
from harness.servers import serve

COUNT = 1000
#: Short, and long enough for a busy machine.
LEASE = "2"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_process_of_a_site_is_killed(database: StreamDatabase) -> None:
    environment = {**SETTINGS, **database.environment, "LEASE": LEASE}
    with (
        serve("uvicorn", APPLICATION, environment) as first,
        serve("uvicorn", APPLICATION, environment) as second,
        producers("database", 2, DJANGO_DATABASE=database.address, lease=LEASE) as (doomed, other),
    ):
        doomed.start("get_or_open", "conversation:7", 32)
        found = other("get_or_open", "conversation:7", 32) + doomed.answer()
        stream = other("open", ["text", "speech"])
        client = EventSource([first.url, second.url], stream)
        doomed("send", stream, "speech", -1)
        other("blast", stream, "text", 0, 100)
        client.until(lambda events: len(events) > 50)
        other.start("blast", stream, "text", 100, COUNT)
        first.kill()
        other.answer()
        doomed.kill()
        client.until(lambda events: any(each.event == "stream_error" for each in events))
        assert other("complete", stream, "text")
        events = client.wait()
        second_stream = other("open", ["text"])
        other("ledger", second_stream)
        assert other("fork", second_stream, "text") == 0  # the file is still its parent's
        assert other("ended", second_stream, 30)
    assert len({keyed for keyed, _ in found}) == 1
    assert [is_new for _, is_new in found].count(True) == 1
    check(events)
    assert sorted(numbers(events)) == list(range(-1, COUNT + 100))
    assert client.connections > 2
    end = events[-1].json()
    assert end["reason"] == "producer_lost"
    assert end["components"]["speech"]["status"] == "lost"
    assert end["components"]["text"]["frames"] == COUNT + 100
