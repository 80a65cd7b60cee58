"""The life of a stream as pure values: no Django, no asyncio, no I/O.

A `Snapshot` holds a stream at one version: its state, its registry of components and its limits. A
`Cause` says what happened. `decide()` applies the transition table of `table` to both, and returns
the next snapshot together with the frames that it sends. The store commits both or neither.

The way through the files: `registry` and `traffic` -> `snapshot` -> `causes` -> `table` and `draft`
-> `decision`. `deadlines` says which cause is due when time passes, `status` describes a snapshot
for people, and `diagram` draws the table.
"""

from .decision import decide
from .table import REFUSALS, TABLE

__all__ = ["REFUSALS", "TABLE", "decide"]
