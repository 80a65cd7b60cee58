"""The streams of OpenAI's `responses`: one message with the text of a stream.

The id of the response is that of the stream. A client resumes by `starting_after`, the
`sequence_number` of the last event that it has: events count from 0, without a hole.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.http import HttpRequest

from .. import frames, validation
from ..frames import FrameValue
from .base import Breach, Dialect
from .chat_completions import failure
from .texts import ANSWER, BREACHES, TextEvent


class OpenAIResponses(Dialect):
    """Read by the clients of OpenAI, which resume by `responses.retrieve`."""

    #: The name that the response gives the model.
    model: ClassVar[str] = "sse_pipeline"
    text: ClassVar[TextEvent] = ANSWER

    def held(self, request: HttpRequest) -> int:
        number = validation.whole_number(request.GET.get("starting_after", ""))
        return 0 if number is None else number + 1

    def encoder(self, stream_id: str) -> "ResponseEncoder":
        return ResponseEncoder(stream_id, self.model, self.text)

    def breach(self, reason: Breach) -> bytes:
        return failure(BREACHES[reason], reason)


class ResponseEncoder:
    """Makes the events of one response. It keeps the text: the last events repeat it."""

    def __init__(self, stream_id: str, model: str, text: TextEvent) -> None:
        self._text = text
        self._pieces: list[str] = []
        self._number = -1
        self._message_id = f"msg_{stream_id}"
        self._response = {
            "id": stream_id,
            "object": "response",
            "created_at": 0,
            "model": model,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "parallel_tool_calls": False,
            "temperature": None,
            "tool_choice": "auto",
            "tools": [],
            "top_p": None,
        }

    def encode(self, frame: FrameValue) -> Iterator[bytes]:
        if frame.event == "stream":
            for name in ("created", "in_progress"):
                yield self._event(f"response.{name}", response=self._as("in_progress"))
        elif piece := self._text.read(frame):
            if not self._pieces:
                yield from self._open()
            self._pieces.append(piece)
            yield self._event("response.output_text.delta", **self._place, delta=piece, logprobs=[])
        elif frame.event == "complete":
            yield from self._close("completed")
            yield self._event("response.completed", response=self._as("completed"))
        elif frame.event == "errored":
            yield from self._close("incomplete")
            error = {"code": "server_error", "message": frame.fields["message"]}
            failed = {**self._as("failed"), "error": error}
            yield self._event("response.failed", response=failed)

    def _open(self) -> Iterator[bytes]:
        item = self._item("in_progress", [])
        yield self._event("response.output_item.added", output_index=0, item=item)
        yield self._event("response.content_part.added", **self._place, part=_part(""))

    def _close(self, status: str) -> Iterator[bytes]:
        if not self._pieces:
            return
        text = "".join(self._pieces)
        self._pieces = [text]
        yield self._event("response.output_text.done", **self._place, text=text, logprobs=[])
        yield self._event("response.content_part.done", **self._place, part=_part(text))
        item = self._item(status, [_part(text)])
        yield self._event("response.output_item.done", output_index=0, item=item)

    @property
    def _place(self) -> Mapping[str, Any]:
        return {"item_id": self._message_id, "output_index": 0, "content_index": 0}

    def _as(self, status: str) -> dict[str, Any]:
        """Return the response as it is in a status."""
        text = "".join(self._pieces)
        output_status = "completed" if status == "completed" else "incomplete"
        output = [self._item(output_status, [_part(text)])] if text else []
        return {**self._response, "status": status, "output": output}

    def _item(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        head = {"id": self._message_id, "type": "message", "role": "assistant"}
        return {**head, "status": status, "content": content}

    def _event(self, name: str, **fields: Any) -> bytes:
        self._number += 1
        return frames.foreign({"type": name, "sequence_number": self._number, **fields}, name)


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}
