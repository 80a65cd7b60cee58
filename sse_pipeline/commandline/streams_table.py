"""The streams of the journal, as a table for a terminal and as JSON."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.utils import timezone

from ..escaping import escape_controls
from ..inspection.times import format_duration, seconds_between, to_local, to_text
from ..models import Stream

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_COLORS = {"streaming": "blue", "draining": "yellow", "complete": "green", "errored": "red"}

#: The width of an output that is not a terminal, in columns. Nothing is wrapped or cut there.
UNBOUNDED = 1000
#: The least width at which ids have all digits.
WIDE = 120
#: The least width of a table. State and reason need it: a smaller terminal wraps its lines.
NARROWEST = 72


def make_console(file: Any, instead: str) -> "Console":
    """Return a console that writes to a file; nothing is wrapped if it is not a terminal.

    Raises:
        CommandError: rich is not installed. The message names `instead`, the option without it.
    """
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise CommandError(
            f"rich is not installed: pip install 'django-sse-pipeline[cli]', or use {instead}"
        ) from None
    # Django wraps the output, and rich asks the file itself whether it is a terminal.
    made = Console(file=getattr(file, "_out", file), highlight=False)
    made.width = max(made.width, NARROWEST) if made.is_terminal else UNBOUNDED
    return made


def make_table(streams: Iterable[Stream], title: str, width: int) -> "Table":
    """Return a table of streams for a `width` in columns; a small one shortens ids and dates."""
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
            Text(escape_controls(stream.state), _COLORS.get(stream.state, "")),
            Text(escape_controls(stream.reason or "")),
            Text(escape_controls(stream.owner or ""), overflow="ellipsis", no_wrap=True),
            f"{to_local(stream.opened_at):{'%m-%d %H:%M:%S' if wide else '%m-%d %H:%M'}}",
            format_duration(age(stream)),
            f"{stream.components_done}/{stream.components_total}",
            str(stream.frames) if stream.ended_at else "",
        )
    return shown


def age(stream: Stream) -> float:
    """Return how long a stream has lived, in seconds."""
    until = stream.ended_at or timezone.now()
    return max(0.0, seconds_between(stream.opened_at, until))


def to_document(stream: Stream) -> dict[str, Any]:
    """Return a stream as a JSON document.

    Frames and bytes are None until it has ended: the journal does not hear of each frame.
    """
    ended = stream.ended_at is not None
    return {
        "stream": str(stream.pk),
        "state": stream.state,
        "reason": stream.reason,
        "owner": stream.owner,
        "process": str(stream.process),
        "trace_id": stream.trace_id,
        "opened_at": to_text(stream.opened_at),
        "ended_at": stream.ended_at and to_text(stream.ended_at),
        "age": round(age(stream), 3),
        "components_done": stream.components_done,
        "components_total": stream.components_total,
        "frames": stream.frames if ended else None,
        "bytes": stream.bytes if ended else None,
    }
