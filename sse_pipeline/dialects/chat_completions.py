"""The streams of OpenAI's `chat.completions`: the text of a stream, in chunks.

The protocol has no cursor: each reader gets the stream from its first frame.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from .. import frames
from ..frames import FrameValue
from .base import Breach, Dialect
from .texts import ANSWER, BREACHES, TextEvent

DONE = b"data: [DONE]\n\n"


class ChatCompletions(Dialect):
    """Read by the clients of OpenAI, and by those that speak its protocol."""

    #: The name that each chunk gives the model.
    model: ClassVar[str] = "sse_pipeline"
    text: ClassVar[TextEvent] = ANSWER

    def encoder(self, stream_id: str) -> "ChatCompletionEncoder":
        return ChatCompletionEncoder(stream_id, self.model, self.text)

    def breach(self, reason: Breach) -> bytes:
        return failure(BREACHES[reason], reason)


class ChatCompletionEncoder:
    """Makes the chunks of one completion."""

    def __init__(self, stream_id: str, model: str, text: TextEvent) -> None:
        self._text = text
        self._head = {
            "id": f"chatcmpl-{stream_id}",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": model,
        }

    def encode(self, frame: FrameValue) -> Iterator[bytes]:
        if frame.event == "stream":
            yield self._chunk({"role": "assistant", "content": ""})
        elif piece := self._text.read(frame):
            yield self._chunk({"content": piece})
        elif frame.event == "complete":
            yield self._chunk({}, "stop")
            yield DONE
        elif frame.event == "errored":
            yield failure(frame.fields["message"], frame.fields["reason"])

    def _chunk(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return frames.foreign({**self._head, "choices": [choice]})


def failure(message: str, code: str) -> bytes:
    """Return the event by which OpenAI's clients raise an `APIError`. No `[DONE]` follows it."""
    error = {"message": message, "type": "server_error", "param": None, "code": code}
    return frames.foreign({"error": error})
