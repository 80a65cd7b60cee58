"""Retention: what is too old goes, a piece at a time."""

import datetime as dt

from django.db import router, transaction
from django.utils import timezone

from ..models import Component, Process, Stream, Transition

#: Streams that go in one transaction.
PIECE = 1000


def purge(seconds: float) -> int:
    """Delete the ended streams that were opened longer ago; return how many there were.

    Processes that left nothing else go with them. What the staff did to them stays.
    """
    using = router.db_for_write(Stream)
    before = timezone.now() - dt.timedelta(seconds=seconds)
    old = (
        Stream.objects.using(using)
        .filter(opened_at__lt=before, ended_at__isnull=False)
        .order_by("opened_at", "id")
    )
    gone = 0
    while piece := list(old.values_list("pk", flat=True)[:PIECE]):
        with transaction.atomic(using):
            for model in (Component, Transition):
                model.objects.using(using).filter(stream_id__in=piece).delete()
            Stream.objects.using(using).filter(pk__in=piece).delete()
        gone += len(piece)
    processes = Process.objects.using(using).filter(seen_at__lt=before, streams__isnull=True)
    processes.delete()
    return gone
