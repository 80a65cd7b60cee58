"""The numbers of the store in a database. A test injects its own and never patches a constant."""

from dataclasses import dataclass

from ..remote.tuning import Tuning


@dataclass(frozen=True, slots=True)
class DatabaseTuning(Tuning):
    """Durations in seconds, and counts. Processes need not agree on them."""

    page_entries: int = 200
    #: A round of the writer follows the last one after this time, or after as many times what the
    #: last one took, up to the longest pause: the batches of a busy database grow.
    batch_pause: float = 0.002
    longest_batch_pause: float = 0.010
    batch_load: float = 1.0
    #: Without bells the database is asked in these intervals: while open streams are followed, and
    #: while none are.
    busy_poll: float = 0.020
    idle_poll: float = 0.250
    #: How long a test of the bell may take.
    bell_test: float = 2.0
    #: So many streams are deleted in one step.
    swept_streams: int = 100
