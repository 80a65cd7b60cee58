"""Lays the segments of a speech end to end."""

from collections.abc import Iterator

from .engines.base import Audio, TimedWord, Words
from .events import CHUNK_BYTES, AudioChunk, SegmentWords, SpokenWord, WordSource, milliseconds
from .segmentation import Segment

_CHANNELS = 1
_SAMPLE_BYTES = 2


class Timeline:
    """Turns what an engine gives, segment after segment, into chunks and words of the speech."""

    def __init__(self, sample_rate: int, word_source: WordSource | None) -> None:
        self._rate = sample_rate
        self._source = word_source
        self._start = 0
        self._spoken = 0
        self._index = 0

    def begin(self) -> None:
        """Begin a segment where the one before it ended."""
        self._start += self._spoken
        self._spoken = 0
        self._index = 0

    @property
    def is_silent(self) -> bool:
        """Tell whether the segment has no audio up to now."""
        return self._spoken == 0

    def place(self, segment: Segment, piece: Audio | Words) -> Iterator[AudioChunk | SegmentWords]:
        """Yield the chunks of some audio, or the words."""
        if isinstance(piece, Audio):
            for start in range(0, len(piece.pcm), CHUNK_BYTES):
                yield self._chunk(segment, piece.pcm[start : start + CHUNK_BYTES])
        elif self._source is not None:
            words = tuple(self._word(segment, word) for word in piece.words)
            yield SegmentWords(segment.number, self._source, words)

    def _chunk(self, segment: Segment, pcm: bytes) -> AudioChunk:
        start, index, samples = self._start + self._spoken, self._index, len(pcm) // _SAMPLE_BYTES
        self._spoken += samples
        self._index += 1
        return AudioChunk(
            audio=pcm,
            segment=segment.number,
            index=index,
            sample_rate=self._rate,
            channels=_CHANNELS,
            start_ms=milliseconds(start, self._rate),
            duration_ms=milliseconds(samples, self._rate),
        )

    def _word(self, segment: Segment, word: TimedWord) -> SpokenWord:
        return SpokenWord(
            word=segment.text[word.begin : word.end],
            start_ms=milliseconds(self._start + word.start_sample, self._rate),
            end_ms=milliseconds(self._start + word.end_sample, self._rate),
            begin=segment.begin + word.begin,
            end=segment.begin + word.end,
        )
