"""The journal: listens to what the flow announces, and writes rows of it in the background.

Nothing waits for it. It can be removed: `SSE_PIPELINE["JOURNAL"] = False`.
"""

from .listener import connect, disconnect, dropped, flush, lag, reset

__all__ = ["connect", "disconnect", "dropped", "flush", "lag", "reset"]
