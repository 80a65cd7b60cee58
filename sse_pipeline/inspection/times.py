"""Times of the journal, and durations as text.

With `USE_TZ = False` Django gives times without a zone. They are local.
"""

import datetime as dt

from django.utils import timezone
from django.utils.formats import number_format


def to_local(moment: dt.datetime) -> dt.datetime:
    """Return a time as it is shown: in the current time zone, or local already."""
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def to_text(moment: dt.datetime) -> str:
    """Return a time as a program reads it: in the form of ISO 8601, always with its offset."""
    return (moment if timezone.is_aware(moment) else moment.astimezone()).isoformat()


def seconds_between(begin: dt.datetime, end: dt.datetime) -> float:
    """Return the seconds between two times, even if the clock was put forward or back meanwhile."""
    return end.timestamp() - begin.timestamp()


def format_seconds(seconds: float) -> str:
    """Return seconds with one decimal, in the active language: `4.2 s`."""
    return f"{number_format(f'{seconds:.1f}')} s"


def format_duration(seconds: float) -> str:
    """Return seconds as a person writes them: `40 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return format_seconds(seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
