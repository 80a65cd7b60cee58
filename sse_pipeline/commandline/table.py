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


#: Columns of a console: what is no terminal; where ids have all digits; what state and reason need.
UNBOUNDED, WIDE, NARROWEST = 1000, 120, 72


def console(file: Any, instead: str) -> "Console":
    """Return a console that writes to a file; nothing is wrapped in one that is no terminal.

    Raises `CommandError` where rich is missing, and names the option that needs none.
    """
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise CommandError(
            f"rich is not installed: pip install 'django-sse-pipeline[cli]', or use {instead}"
        ) from None
    made = Console(file=getattr(file, "_out", file), highlight=False)
    made.width = max(made.width, NARROWEST) if made.is_terminal else UNBOUNDED
    return made


def table(streams: Iterable[Stream], title: str, width: int) -> "Table":
    """Return the table of streams for so many columns: few shorten ids and dates."""
    from rich.table import Table  # noqa: PLC0415 - an extra
    from rich.text import Text  # noqa: PLC0415

    wide = width >= WIDE
    shown = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False,
        padding=(0, 1), collapse_padding=not wide,
    )  # fmt: skip
    for name in ("stream", "state", "reason", "owner", "opened", "age", "done", "frames"):
        right = name in {"age", "done", "frames"}
        shown.add_column(name, justify="right" if right else "left", no_wrap=name != "owner")
    for stream in streams:
        shown.add_row(
            str(stream.pk)[: None if wide else 8],
            Text(stream.state, TONES[stream.state]),
            stream.reason or "",
            Text(stream.owner or "", overflow="ellipsis", no_wrap=True),
            f"{timezone.localtime(stream.opened_at):{'%m-%d %H:%M:%S' if wide else '%m-%d %H:%M'}}",
            duration(age(stream)),
            f"{stream.components_done}/{stream.components_total}",
            str(stream.frames) if stream.ended_at else "",
        )
    return shown


def age(stream: Stream) -> float:
    """Return how long a stream has lived, in seconds."""
    until = stream.ended_at or timezone.now()
    return max(0.0, (until - stream.opened_at).total_seconds())


def document(stream: Stream) -> dict[str, Any]:
    """Return a stream as JSON has it; its traffic only when it has ended: no frame is journaled."""
    ended = stream.ended_at is not None
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
        "frames": stream.frames if ended else None,
        "bytes": stream.bytes if ended else None,
    }
