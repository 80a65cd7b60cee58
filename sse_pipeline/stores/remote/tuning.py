"""The numbers of a store outside of the process. A test injects its own, and patches nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """Durations in seconds, sizes in bytes, and counts. Processes need not agree on them."""

    #: The server has this long for an answer, and for a connection. The URL may say otherwise.
    answer_timeout: float = 5.0
    connect_timeout: float = 3.0
    #: Callers wait this long for a server that is away; then they get `StoreUnavailable`.
    patience: float = 30.0
    #: The pause between two attempts: it starts with the first value and doubles up to the second.
    first_pause: float = 0.05
    longest_pause: float = 1.0
    #: `close` waits this long for frames that are not written yet.
    closing_time: float = 5.0

    #: One append carries at most this much, and so many requests go out together.
    batch_bytes: int = 64 * 1024
    batch_frames: int = 512
    pipelined_requests: int = 256
    #: With more unwritten bytes than this, `append` returns a future: the producer has to wait.
    queue_bytes: int = 16 * 1024 * 1024

    #: One round reads at most so many streams, and of each stream at most so many entries.
    fetched_streams: int = 500
    page_entries: int = 1000
    #: A replica that nobody uses or reads is dropped after this time.
    replica_idle: float = 60.0

    #: A lease is renewed so many times while it lasts.
    renewals: int = 3
    #: The best reading of the server's clock is replaced by a worse one after this time.
    clock_fresh: float = 60.0
    #: A stream that gets frames but no commit is kept at least this long after its last frame.
    life_after_frame: float = 3600.0
    #: A stream that has no deadline is kept this long after its last commit.
    life_without_deadline: float = 7 * 86400.0
