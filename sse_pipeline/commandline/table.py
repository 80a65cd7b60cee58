"""The table of streams in a terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.utils import timezone

from ..inspection.durations import duration
from ..models import Stream

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

TONES = {"streaming": "blue", "draining": "yellow", "complete": "green", "errored": "red"}


def console(file: Any) -> "Console":
    """Return a console that writes to a file; raises `CommandError` where rich is missing."""
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise CommandError(
            "rich is not installed: pip install 'django-sse-pipeline[cli]', or use --json or --raw"
        ) from None
    return Console(file=getattr(file, "_out", file), highlight=False)


def table(streams: Iterable[Stream], title: str) -> "Table":
    """Return the table of streams."""
    from rich.table import Table  # noqa: PLC0415 - an extra
    from rich.text import Text  # noqa: PLC0415

    shown = Table(title=title, title_justify="left", title_style="bold")
    for name in ("stream", "state", "reason", "owner", "opened", "age", "done", "frames"):
        right = name in {"age", "done", "frames"}
        shown.add_column(name, justify="right" if right else "left", no_wrap=name == "stream")
    for stream in streams:
        shown.add_row(
            str(stream.pk),
            Text(stream.state, TONES[stream.state]),
            stream.reason or "",
            Text(stream.owner or "", overflow="ellipsis", no_wrap=True),
            f"{timezone.localtime(stream.opened_at):%m-%d %H:%M:%S}",
            duration(age(stream)),
            f"{stream.components_done}/{stream.components_total}",
            str(stream.frames),
        )
    return shown


def age(stream: Stream) -> float:
    """Return how long a stream has lived, in seconds."""
    until = stream.ended_at or timezone.now()
    return max(0.0, (until - stream.opened_at).total_seconds())


def document(stream: Stream) -> dict[str, Any]:
    """Return a stream as JSON has it."""
    return {
        "stream": str(stream.pk),
        "state": stream.state,
        "reason": stream.reason,
        "owner": stream.owner,
        "process": str(stream.process),
        "opened_at": stream.opened_at.isoformat(),
        "ended_at": stream.ended_at and stream.ended_at.isoformat(),
        "age": round(age(stream), 3),
        "components_done": stream.components_done,
        "components_total": stream.components_total,
        "frames": stream.frames,
        "bytes": stream.bytes,
    }
