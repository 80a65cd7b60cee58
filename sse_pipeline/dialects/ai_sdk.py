"""The UI message stream of Vercel's AI SDK, version 5 and newer: what `useChat` reads.

The protocol has no cursor. A client that resumes gets the whole message again, and puts it in the
place of the part that it has. So an ended stream is sent again, too.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar

from .. import frames
from ..frames import OWN_EVENTS, FrameValue
from .base import Breach, Dialect
from .chat_completions import DONE
from .texts import ANSWER, BREACHES, TextEvent, progress_of


class UIMessageStream(Dialect):
    """A message with texts, reasoning and sources. All other events are its `data-*` parts."""

    headers: ClassVar[Mapping[str, str]] = {"x-vercel-ai-ui-message-stream": "v1"}
    #: The names of parts that grow, and their events.
    texts: ClassVar[dict[str, TextEvent]] = {
        "text": ANSWER,
        "reasoning": TextEvent("reasoning", "chunk"),
    }
    #: The event of a source: `url`, and optionally `title`.
    source: ClassVar[str] = "source"
    #: Events that `onData` gets, and that the message does not keep.
    transient: ClassVar[AbstractSet[str]] = frozenset({"audio"})

    def encoder(self, stream_id: str) -> "UIMessageEncoder":
        return UIMessageEncoder(stream_id, self)

    def breach(self, reason: Breach) -> bytes:
        return frames.foreign({"type": "error", "errorText": BREACHES[reason]}) + DONE


class UIMessageEncoder:
    """Makes the chunks of one message. At most one part is open: another one closes it."""

    def __init__(self, stream_id: str, dialect: UIMessageStream) -> None:
        self._stream_id = stream_id
        self._dialect = dialect
        self._open = ""
        self._parts = 0

    def encode(self, frame: FrameValue) -> Iterator[bytes]:
        if frame.event == "stream":
            yield _chunk("start", messageId=self._stream_id)
        elif progress := progress_of(frame):
            # A part with the same id takes the place of the one before.
            yield _chunk("data-progress", id=progress["component"], data=progress)
        elif frame.event == "complete":
            yield from self._close()
            yield _chunk("finish", finishReason="stop")
            yield DONE
        elif frame.event == "errored":
            yield from self._fail(frame.fields)
        elif frame.event not in OWN_EVENTS:
            yield from self._produce(frame)

    def _produce(self, frame: FrameValue) -> Iterator[bytes]:
        """Return the chunks of an event of a producer."""
        for kind, text in self._dialect.texts.items():
            if frame.event == text.event:
                if piece := text.read(frame):
                    yield from self._write(kind, piece)
                return
        if frame.event == self._dialect.source and isinstance(frame.fields.get("url"), str):
            yield _source(frame.fields)
        else:
            transient = {"transient": True} if frame.event in self._dialect.transient else {}
            yield _chunk(f"data-{frame.event}", data=frame.fields, **transient)

    def _write(self, kind: str, piece: str) -> Iterator[bytes]:
        if self._open != kind:
            yield from self._close()
            self._open = kind
            self._parts += 1
            yield _chunk(f"{kind}-start", id=self._part_id)
        yield _chunk(f"{kind}-delta", id=self._part_id, delta=piece)

    def _fail(self, fields: dict[str, Any]) -> Iterator[bytes]:
        yield from self._close()
        if fields["reason"] == "cancelled":
            yield _chunk("abort", reason="cancelled")
        else:
            yield _chunk("error", errorText=fields["message"])
        yield DONE

    def _close(self) -> Iterator[bytes]:
        if self._open:
            yield _chunk(f"{self._open}-end", id=self._part_id)
            self._open = ""

    @property
    def _part_id(self) -> str:
        return f"part-{self._parts}"


def _source(fields: dict[str, Any]) -> bytes:
    title = fields.get("title")
    titled = {"title": title} if isinstance(title, str) else {}
    return _chunk("source-url", sourceId=fields["url"], url=fields["url"], **titled)


def _chunk(kind: str, **fields: Any) -> bytes:
    return frames.foreign({"type": kind, **fields})
