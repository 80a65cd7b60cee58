"""The contract of a dialect: how one kind of client reads the frames of a stream."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import ClassVar, Protocol

from django.http import HttpRequest

from ..frames import FrameValue


class Breach(StrEnum):
    """Why a body ends before the stream does."""

    #: Frames that the client needs are no longer held.
    GAP = "gap"
    #: The client says that it has events which the stream does not have.
    RESET = "reset"
    #: The server lets the client go: its right was lost, the server ends, the stream is forgotten.
    INTERRUPTED = "interrupted"


class Encoder(Protocol):
    """Turns the frames of one stream into events, from the first frame on, in order.

    It may keep what it needs of the frames before. Its events follow from the frames and the id
    of the stream alone, and so are the same in every process: no clock, no chance.
    """

    def encode(self, frame: FrameValue) -> Iterable[bytes]:
        """Return the events for a frame: none, one or several. Each ends with an empty line."""


class Dialect(ABC):
    """A dialect. It writes nothing, and keeps nothing of a request or a stream.

    One object serves all streams and threads. Readers of one stream share what its encoder makes.
    """

    #: Headers of a reply with a body, beside those of every reply.
    headers: ClassVar[Mapping[str, str]] = {}
    #: Sent after a silence. A comment without an empty line is part of the event that follows: some
    #: clients give out an empty event for a block without data.
    ping: ClassVar[bytes] = b": ping\n"

    def held(self, request: HttpRequest) -> int:
        """Return the number of events that the client holds. The reply goes on behind them."""
        return 0

    def opening(self) -> bytes:
        """Return the bytes that open each body."""
        return b""

    @abstractmethod
    def encoder(self, stream_id: str) -> Encoder:
        """Return an encoder that begins at the first frame of a stream."""

    @abstractmethod
    def breach(self, reason: Breach) -> bytes:
        """Return the events that tell a client that the body ends before the stream does.

        Many clients take an end without such an event for success.
        """
