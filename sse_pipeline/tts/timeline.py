"""Lays the segments of a speech end to end."""

from collections.abc import Iterator

from .engine import Audio, TimedWord, Words
from .events import CHUNK_BYTES, AudioChunk, SegmentWords, SpokenWord, WordSource, milliseconds
from .segmentation import Segment

_CHANNELS = 1
_SAMPLE_BYTES = 2


class Timeline:
    """Turns what an engine gives, segment after segment, into chunks and words of the speech.

    No gap lies between two chunks. Words never go back: one begins and ends no sooner than the
    word before it begins.
    """

    def __init__(self, sample_rate: int, word_source: WordSource | None = None) -> None:
        self._rate = sample_rate
        self._source = word_source
        self._start = 0
        self._spoken = 0
        self._index = 0
        self._last_word = 0

    def end(self) -> None:
        """End a segment; the next one begins where its audio ended."""
        self._start += self._spoken
        self._spoken = 0
        self._index = 0
        self._last_word = 0

    def place(self, segment: Segment, piece: Audio | Words) -> Iterator[AudioChunk | SegmentWords]:
        """Yield the chunks of some audio, or the words."""
        if isinstance(piece, Audio):
            for start in range(0, len(piece.pcm), CHUNK_BYTES):
                yield self._chunk(segment, piece.pcm[start : start + CHUNK_BYTES])
        elif (source := piece.source or self._source) is not None:
            words = tuple(self._word(segment, word) for word in piece.words)
            yield SegmentWords(segment.number, source, words)

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
        self._last_word = start = max(word.start_sample, self._last_word)
        begin, end = segment.locate(word.begin, word.end)
        return SpokenWord(
            word=segment.text[word.begin : word.end],
            start_ms=milliseconds(self._start + start, self._rate),
            end_ms=milliseconds(self._start + max(word.end_sample, start), self._rate),
            begin=begin,
            end=end,
        )
