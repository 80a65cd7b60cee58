"""What a cell found: how a stream ended for its reader, or when a client was let go."""

import time
from collections.abc import Callable
from contextlib import suppress

import httpx

from harness.event_source import PATIENCE, EventSource, numbers
from harness.faults.scenarios import FRAMES
from harness.faults.stage import Stage
from harness.waiting import until

MIB = 1024 * 1024
#: Seconds after the end of a reply in which its socket is closed, too, or kept for other requests.
CLOSING = 8


def ending(reader: EventSource, since: float, limit: float) -> str:
    """Say how a stream ended for its reader, and how many seconds after a moment."""
    try:
        last = reader.wait()[-1]
    except TimeoutError:
        # As often as its own patience ends: then nobody has sent it away.
        again = reader.connections > limit // PATIENCE + 1
        found = f"comes back {reader.connections} times" if again else "hangs"
        return f"{found} (> {limit:.0f} s){_frames(reader)}"
    except httpx.HTTPStatusError as error:
        return f"{error.response.status_code} after {_since(since)}{_frames(reader)}"
    if last.event == "errored":
        return f"errored: {last.json()['reason']} after {_since(since)}"
    return f"complete{_frames(reader)}, {_since(since)}"


def release(stage: Stage, before: int, ports: set[int], since: float) -> str:
    """Say when the replies to clients were ended, and whether their sockets were closed."""
    released = wait_for(lambda: stage.streams() <= before, stage.limit)
    if not released:
        return f"kept (> {stage.limit:.0f} s)"
    found = f"let go after {_since(since)}"
    closed = wait_for(lambda: not stage.connected(ports), CLOSING)
    return found if closed else f"{found}, socket stays"


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether a condition came true in time."""
    with suppress(TimeoutError):
        return until(condition, seconds, pause=0.05)
    return False


def growth(before: int, after: int) -> str:
    """Say how much memory was taken."""
    return f"{(after - before) / MIB:+.0f} MiB"


def _since(moment: float) -> str:
    return f"{time.monotonic() - moment:.1f} s"


def _frames(reader: EventSource) -> str:
    found = numbers(reader.events)
    once = set(found)
    twice = len(found) - len(once)
    return f", {len(once)} of {FRAMES} frames" + (f", {twice} twice" if twice else "")
