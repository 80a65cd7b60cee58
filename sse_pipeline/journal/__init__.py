"""The journal: rows of what the streams did, written into the database in the background.

`recorder` receives the signal of each commit and queues a record (`backlog`). One thread of each
process (`journal_writer`) turns the records into rows (`rows`) and writes them (`upsert`). It shows
by a row of its own that the process lives (`heartbeat`), and closes the rows of dead processes
(`reaper`). `retention` deletes old rows. `audit` writes who stepped in.

No stream waits for the journal: a database that fails costs records, and they are counted. The
journal can be switched off by `SSE_PIPELINE["JOURNAL"] = False`.

From outside use the functions that are listed here, and the modules `reaper` and `retention`.
"""

from .recorder import connect, disconnect, dropped, flush, lag, reset
from .upsert import is_supported

__all__ = ["connect", "disconnect", "dropped", "flush", "is_supported", "lag", "reset"]
