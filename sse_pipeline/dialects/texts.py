"""What several dialects read of a stream: its text, and how far its components are."""

from typing import Any, NamedTuple

from ..frames import FrameValue


class TextEvent(NamedTuple):
    """The event that carries a text, and the field that has a piece of it."""

    event: str
    field: str

    def read(self, frame: FrameValue) -> str:
        """Return the piece of text that a frame has; "" for none."""
        piece = frame.fields.get(self.field) if frame.event == self.event else None
        return piece if isinstance(piece, str) else ""


def progress_of(frame: FrameValue) -> dict[str, Any] | None:
    """Return what a frame tells of how far a component is, with its name; None for nothing."""
    fields = frame.fields
    told = frame.event == "component" and fields["status"] == "pending" and "progress" in fields
    return {"component": fields["component"], **fields["progress"]} if told else None


#: The text of an answer.
ANSWER = TextEvent("text", "chunk")

#: What people are told of a body that ends before its stream.
BREACHES = {
    "gap": "A part of the stream is no longer held.",
    "reset": "The stream does not have the events that the client says it has.",
    "interrupted": "The connection ends before the stream does.",
}
