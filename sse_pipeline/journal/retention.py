"""Retention: old rows are deleted, a part at a time."""

import datetime as dt

from django.db import router, transaction
from django.utils import timezone

from ..models import Process, Stream, StreamComponent, Transition


def purge(seconds: float, *, batch: int = 1000) -> int:
    """Delete the ended streams that were opened longer ago than this; return how many.

    Processes that have no other stream are deleted with them. The interventions of the staff stay.
    Each transaction deletes at most `batch` streams, so that the writers never wait for long.
    """
    using = router.db_for_write(Stream)
    before = timezone.now() - dt.timedelta(seconds=seconds)
    old = (
        Stream.objects.using(using)
        .filter(opened_at__lt=before, ended_at__isnull=False)
        .order_by("opened_at", "id")
    )
    deleted = 0
    while keys := list(old.values_list("pk", flat=True)[:batch]):
        with transaction.atomic(using):
            # By hand: without constraints the database deletes nothing by itself, and Django would
            # load all rows first.
            for model in (StreamComponent, Transition):
                model.objects.using(using).filter(stream_id__in=keys).delete()
            Stream.objects.using(using).filter(pk__in=keys).delete()
        deleted += len(keys)
    processes = Process.objects.using(using).filter(seen_at__lt=before, streams__isnull=True)
    processes.delete()
    return deleted
