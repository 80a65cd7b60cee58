"""Places the audio and the words of each segment in the whole speech."""

from collections.abc import Iterator

from sse_pipeline.tts.engine_protocol import Audio, EngineOutput, TimedWord
from sse_pipeline.tts.results import (
    CHUNK_BYTES,
    SAMPLE_BYTES,
    AudioChunk,
    SegmentWords,
    SpokenWord,
    WordSource,
    milliseconds,
)
from sse_pipeline.tts.text.segments import Segment

_CHANNELS = 1


class AudioTimeline:
    """Turns the output of an engine, segment after segment, into chunks and words of the speech.

    There is no gap between two chunks. Words never go back: a word begins and ends no sooner than
    the word before it begins.
    """

    def __init__(self, sample_rate: int, word_source: WordSource | None = None) -> None:
        self.sample_rate = sample_rate
        self._source = word_source
        # Samples: where the segment begins, and how many of it were placed.
        self._start = 0
        self._placed = 0
        self._index = 0
        self._pause = 0
        self._last_word = 0

    @property
    def is_begun(self) -> bool:
        """Whether there was any audio."""
        return self._start + self._placed > 0

    def end_segment(self) -> None:
        """End a segment. The next one begins where its audio ended."""
        self._start += self._placed
        self._placed = self._pause = 0
        self._index = 0
        self._last_word = 0

    def place_pause(self, segment: Segment, samples: int) -> Iterator[AudioChunk | SegmentWords]:
        """Yield silence at the start of a segment."""
        yield from self.place(segment, Audio(bytes(samples * SAMPLE_BYTES)))
        self._pause = samples

    def place(self, segment: Segment, output: EngineOutput) -> Iterator[AudioChunk | SegmentWords]:
        """Yield the chunks of some audio, or the words."""
        if isinstance(output, Audio):
            for start in range(0, len(output.pcm), CHUNK_BYTES):
                yield self._chunk(segment, output.pcm[start : start + CHUNK_BYTES])
        elif (source := output.source or self._source) is not None:
            words = tuple(self._word(segment, word) for word in output.words)
            yield SegmentWords(segment.number, source, words)

    def _chunk(self, segment: Segment, pcm: bytes) -> AudioChunk:
        start, index, samples = self._start + self._placed, self._index, len(pcm) // SAMPLE_BYTES
        self._placed += samples
        self._index += 1
        return AudioChunk(
            audio=pcm,
            segment=segment.number,
            index=index,
            sample_rate=self.sample_rate,
            channels=_CHANNELS,
            start_ms=milliseconds(start, self.sample_rate),
            duration_ms=milliseconds(samples, self.sample_rate),
        )

    def _word(self, segment: Segment, word: TimedWord) -> SpokenWord:
        self._last_word = start = max(word.start_sample, self._last_word)
        origin = self._start + self._pause
        begin, end = segment.find_displayed(word.begin, word.end)
        return SpokenWord(
            word=segment.text[word.begin : word.end],
            start_ms=milliseconds(origin + start, self.sample_rate),
            end_ms=milliseconds(origin + max(word.end_sample, start), self.sample_rate),
            begin=begin,
            end=end,
        )
