"""The times of the journal, on sites with and without time zones."""

import datetime as dt
import json
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from harness.admin import LIST, page_of
from harness.commands import said
from harness.journaling import dead, kept, left_behind
from sse_pipeline import SSEHandler, stores
from sse_pipeline.inspection.report import make_report
from sse_pipeline.inspection.times import seconds_between
from sse_pipeline.journal import reaper, retention
from sse_pipeline.journal.heartbeat import STALE, stale_before
from sse_pipeline.journal.rows import DatabaseValues
from sse_pipeline.models import Process, Stream, StreamComponent, Transition

HOUR = dt.timedelta(hours=1)
#: `USE_TZ`, `TIME_ZONE`, and the `TIME_ZONE` of the database.
ZONES = [
    (True, "Asia/Tokyo", None),
    (True, "UTC", "America/Los_Angeles"),
    (False, "Asia/Tokyo", None),
    (False, "America/Los_Angeles", None),
]


@pytest.fixture(params=ZONES, ids=str)
def zoned(request: pytest.FixtureRequest, journaled: str, settings: Settings) -> str:
    """Keep the journal of a site in some time zone; name the alias of its database."""
    settings.USE_TZ, settings.TIME_ZONE, zone = request.param
    connections[journaled].close()
    del connections[journaled]
    connections.settings[journaled]["TIME_ZONE"] = zone
    return journaled


def times_of(row: Any) -> list[dt.datetime]:
    found = [getattr(row, field.attname) for field in row._meta.concrete_fields]
    return [value for value in found if isinstance(value, dt.datetime)]


def test_all_times_are_of_one_clock(zoned: str) -> None:
    handler = SSEHandler(components=["text"])
    handler.mark_component_complete("text")
    stream, now = kept(handler), timezone.now()
    component, process = StreamComponent.objects.get(), Process.objects.get()
    rows = [stream, component, process, *Transition.objects.all()]
    times = [moment for row in rows for moment in times_of(row)]
    assert len(times) == 8
    assert all(abs(seconds_between(moment, now)) < 60 for moment in times)
    around = (now - HOUR / 2, now + HOUR / 2)
    assert Stream.objects.filter(opened_at__range=around, ended_at__range=around).exists()
    assert Process.objects.filter(seen_at__range=around).exists()
    assert abs((stream.opened_at - process.started_at).total_seconds()) < 60


def test_only_the_dead_are_reaped_and_only_old_rows_deleted(zoned: str) -> None:
    alive, lost = (SSEHandler(components=["text"]) for _ in range(2))
    for handler in (alive, lost):
        handler.send("text", chunk="hello")
        kept(handler)
    stores.reset()
    assert reaper.reap(zoned) == 0  # both belong to this process, which lives
    gone = dead(zoned)
    left_behind(lost, gone)
    assert reaper.reap(zoned) == 1
    row, component = (
        Stream.objects.get(pk=lost.stream_id),
        StreamComponent.objects.get(status="lost"),
    )
    assert row.ended_at is not None
    assert component.settled_at is not None
    assert 0 <= seconds_between(row.opened_at, row.ended_at) < 60
    assert 0 <= seconds_between(component.registered_at, component.settled_at) < 60
    assert retention.purge(3000) == 0
    assert retention.purge(0) == 1
    assert str(Stream.objects.get().pk) == alive.stream_id


def read(page: Any) -> str:
    """Return the text of a page, without its marks."""
    assert page.status_code == 200
    return re.sub(r"<[^>]*>", "", page.content.decode())


def test_people_see_local_times_and_true_ages(admin_client: Client, zoned: str) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    row = kept(handler)
    stores.reset()
    report = make_report(handler.stream_id, content=True)
    assert report is not None
    assert 0 <= report.seconds < 60
    assert all(-1 < work.begin < 60 for work in report.works)
    shown = timezone.localtime(row.opened_at) if timezone.is_aware(row.opened_at) else row.opened_at
    at = f"{shown:%Y-%m-%d %H:%M:%S}"
    assert at in read(admin_client.get(LIST))
    assert at in read(admin_client.get(page_of(handler)))
    for name in ("process", "intervention"):
        assert admin_client.get(f"/admin/sse_pipeline/{name}/").status_code == 200
    picked = {
        "opened_at__year": shown.year,
        "opened_at__month": shown.month,
        "opened_at__day": shown.day,
    }
    assert at in read(admin_client.get(LIST, picked))
    assert at.partition("-")[2] in said("sse_streams")
    document = json.loads(said("sse_streams", "--json"))
    assert dt.datetime.fromisoformat(document["opened_at"]).timestamp() == row.opened_at.timestamp()
    assert re.search(r"[+-]\d\d:\d\d$", document["opened_at"])
    assert document["age"] < 60


def test_a_date_is_written_as_django_writes_it(zoned: str) -> None:
    connection = connections[zoned]
    values = DatabaseValues(connection)
    for month in (1, 7):
        epoch = dt.datetime(2026, month, 1, 12, 30, 1, 5, dt.UTC).timestamp()
        moment = dt.datetime.fromtimestamp(epoch, connection.timezone)
        assert str(values.date(epoch)) == str(connection.ops.adapt_datetimefield_value(moment))


BERLIN = ZoneInfo("Europe/Berlin")
SPRING = dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC).timestamp()
AUTUMN = dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize("zone", [BERLIN, dt.UTC], ids=str)
@pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["forward", "back"])
def test_no_process_dies_when_the_clock_is_put_forward_or_back(
    zone: dt.tzinfo, change: float
) -> None:
    for after in range(-300, 7200, 5):
        before = stale_before(change + after, zone)
        for age in (0, 10, STALE):
            seen_at = dt.datetime.fromtimestamp(change + after - age, zone)
            assert seen_at.replace(tzinfo=None) >= before.replace(tzinfo=None)
    late = change + 2 * 3600
    assert stale_before(late, zone) == dt.datetime.fromtimestamp(late - STALE, zone)


def test_a_local_time_is_of_the_same_rule(settings: Settings) -> None:
    settings.USE_TZ, settings.TIME_ZONE = False, "Europe/Berlin"
    before = stale_before(SPRING + 5, None)
    assert before == dt.datetime(2026, 3, 29, 1, 59, 5)  # noqa: DTZ001 - of a site without zones
    begin, end = (dt.datetime.fromtimestamp(SPRING + each) for each in (-5, 5))  # noqa: DTZ006
    assert seconds_between(begin, end) == 10
