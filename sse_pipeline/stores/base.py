"""The contract of a store.

Each method returns its value, or a `concurrent.futures.Future` of it where the store has to wait.
No method blocks, except `probe`. `sse_pipeline.testing.check_store` checks any implementation.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import ClassVar, TypeAlias, TypeVar

from ..events.merging import KeptFrames
from ..exceptions import StoreUnavailable
from ..frames import Frame
from ..lifecycle.snapshot import Snapshot
from .log import Log
from .stream_contents import Inspection

T = TypeVar("T")
Answer: TypeAlias = T | Future[T]

#: Attach after this id for the flags and the bell alone, without frames.
TAIL = sys.maxsize


def result_of(answer: Answer[T], timeout: float | None = None) -> T:
    """Return the value of an answer; block while it is not there, for `timeout` seconds at most.

    Raises:
        StoreUnavailable: The store did not answer in time, or it failed.
    """
    if not isinstance(answer, Future):
        return answer
    try:
        return answer.result(timeout)
    except TimeoutError:
        raise StoreUnavailable(f"the store gave no answer for {timeout:g} s") from None


class Store(ABC):
    """Streams by id. All readers see what was committed or appended in the same order."""

    #: The arguments of the constructor, and the settings that have their values.
    arguments: ClassVar[Mapping[str, str]] = {
        "held_bytes": "HELD_BYTES",
        "max_stream_bytes": "MAX_STREAM_BYTES",
        "keep": "KEEP",
    }
    #: Whether other processes see the same streams.
    shared = False
    #: Whether `inspect` shows anything.
    can_inspect = False
    #: Whether the store keeps keys: `read_key` and `swap_key`.
    has_keys = False
    #: Seconds after which an open stream is checked again, since others may have changed it.
    recheck: float | None = None
    #: Whether the store was closed for good.
    closed = False

    @abstractmethod
    def __init__(self, *, held_bytes: int, max_stream_bytes: int, keep: float) -> None:
        """Make a store.

        `held_bytes` is held of a stream at most, `max_stream_bytes` may be sent of it at most, and
        it is kept for `keep` seconds after its end.
        """

    @abstractmethod
    def now(self) -> float:
        """Return the time by the store's clock in seconds, as exactly as this process knows it."""

    @abstractmethod
    def load(self, stream_id: str) -> Answer[Snapshot | None]:
        """Return the stream as it is after all that this process has written to it.

        None for a stream that never existed, or that ended more than `keep` seconds ago.
        """

    @abstractmethod
    def commit(
        self, stream_id: str, old: Snapshot, new: Snapshot, frames: Sequence[Frame]
    ) -> Answer[Snapshot]:
        """Replace `old` by `new` and append the frames, in one atomic step.

        Return the snapshot that the store holds then. That is `new` itself, or, if the store holds
        another version than that of `old`, the one that it holds: then nothing was changed. An
        `old` of version 0 opens the stream.

        The terminal frame has `counts`: `Frame.recounted` puts in what was appended up to this
        step. `traffic` of the snapshot that ends the stream is as exact.

        Raises:
            StreamNotFound: There is nothing to replace.
        """

    @abstractmethod
    def append(self, stream_id: str, frame: Frame) -> Answer[None]:
        """Append a producer's frame after all that this process appended or committed before.

        A future means that there is no room yet. A shared store may find out later that the stream
        has ended. It drops the frame then.

        Raises:
            StreamEnded: The stream has ended.
            FrameTooLarge: The stream would exceed `max_stream_bytes`.
            StreamNotFound: The stream is not known.
        """

    @abstractmethod
    def note(self, stream_id: str, component: str, note: str) -> None:
        """Keep the last note of a component; a note is a sign of life. It may be lost."""

    def claim(self, stream_id: str, component: str) -> None:
        """Take over a pending component: it is lost when this process dies. A sign of life."""
        self.note(stream_id, component, "")

    @abstractmethod
    def attach(self, stream_id: str, after: int = 0) -> Answer[Log]:
        """Return the log of a stream, and keep it filled until `detach` was called as often.

        The log holds what the store held behind the id `after` at the time of the call.

        Raises:
            StreamNotFound: The stream is not known.
        """

    @abstractmethod
    def detach(self, stream_id: str) -> None:
        """Take an `attach` back. Never raises."""

    @abstractmethod
    def open_streams(self) -> list[str]:
        """Return the ids of the streams that this process has open."""

    def probe(self) -> None:  # noqa: B027
        """Check that the store can be used now. Unlike all other methods this one blocks.

        Raises:
            StoreUnavailable: It can't; the message says why.
        """

    def inspect(self, stream_id: str, most: int = 20) -> Answer[Inspection | None]:
        """Return the last frames of a stream, at most `most`, and its readers.

        None for a stream that is not known, and always if `can_inspect` is false.
        """
        return None

    def kept_frames(self, stream_id: str) -> Answer[KeptFrames]:
        """Return the frames of a stream that are kept, and their components as far as known.

        A store that drops the oldest frames keeps those that are content, within a bound. This
        method asks the attached log, which knows no components of what came from elsewhere.

        Raises:
            StreamNotFound: The stream is not known.
        """
        answer = self.attach(stream_id)
        if not isinstance(answer, Future):
            self.detach(stream_id)
            return answer.kept()
        kept: Future[KeptFrames] = Future()

        def finish(attached: Future[Log]) -> None:
            try:
                kept.set_result(attached.result().kept())
                self.detach(stream_id)
            except Exception as error:  # noqa: BLE001 - the caller gets it
                kept.set_exception(error)

        answer.add_done_callback(finish)
        return kept

    def read_key(self, key: str) -> Answer[str]:
        """Return the text that a key has; "" for none."""
        raise NotImplementedError

    def swap_key(self, key: str, old: str, new: str, life: float) -> Answer[str]:
        """Give a key the text `new` for `life` seconds if it has `old` (or "": none), atomically.

        Return the text that it has then: `new` means that the caller won.
        """
        raise NotImplementedError

    def sweep(self) -> float | None:
        """Drop what was kept long enough, if that does not happen by itself.

        Return the seconds until there will be more to drop; None if nothing will.
        """
        return None

    def close(self) -> None:
        """Let go of everything: this process needs the store no more.

        A store that overrides it calls this one, too, but not in a forked child.
        """
        self.closed = True
        self._closed()

    def on_closed(self, call: Callable[[], None]) -> None:
        """Make a call when the store is closed."""
        self._closed = call

    def on_check_requested(self, check: Callable[[str], None]) -> None:
        """Call `check` with each stream whose bounds are to be checked now, from any thread."""
        self._request_check = check

    def request_check(self, stream_id: str) -> None:
        """Ask for a check of the bounds of a stream; a store does so that hears of a loss."""
        self._request_check(stream_id)

    #: Do nothing until they are replaced.
    _request_check: Callable[[str], None] = staticmethod(lambda _: None)
    _closed: Callable[[], None] = staticmethod(lambda: None)
