"""Remarks for people: what the speech waits for."""

from sse_pipeline.tts.buffer.segment_progress import SegmentProgress
from sse_pipeline.tts.results import SegmentNote


class ProgressNotes:
    """Makes a note when the first segment that is not handed over goes a step further."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: SegmentNote | None = None

    def next_note(self, head: SegmentProgress | None, *, awaits_text: bool) -> SegmentNote | None:
        """Return the note about the first segment, or None if there is nothing new to say.

        `awaits_text` means that all segments are done and that more text may come.
        """
        note = self._note(head, awaits_text=awaits_text)
        if note == self._last:
            return None
        self._last = note
        return note

    def _note(self, head: SegmentProgress | None, *, awaits_text: bool) -> SegmentNote | None:
        if head is not None and head.segment.is_speakable:
            return SegmentNote(head.segment.number, head.description())
        if head is None and awaits_text and self._last is not None:
            return SegmentNote(self._last.segment, "done; waiting for more text")
        return self._last
