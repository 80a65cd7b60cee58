"""`sse_reap` closes and deletes rows of the journal."""

import datetime as dt

import pytest
from django.core.management.base import CommandError
from django.utils import timezone
from pytest_django import Settings

from harness.commands import said
from sse_pipeline.models import Intervention, Process, Stream


def test_the_journal_is_put_in_order(journal_rows: list[Stream]) -> None:
    lost, old = journal_rows
    long_ago = timezone.now() - dt.timedelta(days=31)
    Process.objects.update(seen_at=long_ago)
    Stream.objects.filter(pk=old.pk).update(opened_at=long_ago)
    assert said("sse_reap").strip() == "1 streams closed, 1 deleted"
    lost.refresh_from_db()
    assert (lost.state, lost.reason) == ("errored", "producer_lost")


def test_no_age_is_too_old(journal_rows: list[Stream], settings: Settings) -> None:
    settings.SSE_PIPELINE = {"JOURNAL_KEEP": None}
    Stream.objects.update(opened_at=timezone.now() - dt.timedelta(days=3650))
    assert said("sse_reap").strip() == "0 streams closed, 0 deleted"
    assert said("sse_reap", "--keep", "1").strip() == "0 streams closed, 1 deleted"


@pytest.mark.parametrize("days", ["-1", "nan", "inf", "-inf", "1e300", "36501", "x"])
def test_no_nonsense_deletes_anything(journal_rows: list[Stream], days: str) -> None:
    with pytest.raises(CommandError, match="--keep"):
        said("sse_reap", "--keep", days)
    assert Stream.objects.count() == 2


def test_the_reaper_leaves_what_the_staff_did(journal_rows: list[Stream]) -> None:
    Intervention.objects.create(stream_id=journal_rows[1].pk, taken=True)
    assert said("sse_reap", "--keep", "0").strip() == "0 streams closed, 1 deleted"
    assert Intervention.objects.count() == 1
