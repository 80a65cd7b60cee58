"""A segment: the stretch of text that an engine speaks in one go."""

from dataclasses import dataclass, field
from typing import Literal

from sse_pipeline.tts.text.spoken_spans import SpokenSpans, find_displayed

#: What separates two segments, from the shortest pause to the longest.
Joint = Literal["clause", "sentence", "item", "paragraph", "heading"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the displayed text, numbered from 1, and the text that is spoken for it.

    `begin` and `end` count code points of the whole displayed text.
    """

    number: int
    #: The spoken text.
    text: str
    begin: int
    #: The parts of the displayed text. Empty if the segment is spoken as it is displayed.
    spans: SpokenSpans = ()
    #: What separates it from the segment that is spoken before it; None for no pause.
    joint: Joint | None = field(default=None, compare=False)

    @property
    def end(self) -> int:
        """The end of the segment in the displayed text."""
        return self.spans[-1].end if self.spans else self.begin + len(self.text)

    @property
    def is_speakable(self) -> bool:
        """Whether there is a letter or a digit to speak."""
        return any(character.isalnum() for character in self.text)

    @property
    def skipped(self) -> str | None:
        """Why the segment is not spoken, for people, or None."""
        return self.spans[0].skipped if self.spans else None

    def find_displayed(self, begin: int, end: int) -> tuple[int, int]:
        """Return where a stretch of `text` is displayed."""
        if not self.spans:
            return self.begin + begin, self.begin + end
        return find_displayed(self.spans, begin, end)
