"""The sound of one segment: without silence at its ends, and with words that are really heard."""

import sys
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sse_pipeline.tts.engine_protocol import Audio, EngineOutput, TimedWord, Words
from sse_pipeline.tts.results import SAMPLE_BYTES, WordSource

#: A sample that is not louder is silence: 50 dB below the loudest.
_QUIET = 100
#: How much silence stays at each end, so that no soft sound is cut off, in seconds.
_KEPT = 0.015
#: How much silence is held back in the hope that sound follows, in seconds.
_LONGEST = 2.0
#: How far a word may reach beyond the audio that came, in seconds.
_REACH = 1.0


class SegmentSound:
    """Takes the output of an engine for one segment, and yields what is given to the listener.

    A word is given with the audio in which it starts: if that never comes, the word is not given.
    With `trims` the silence at both ends of the segment is left out.
    """

    def __init__(self, sample_rate: int, *, trims: bool) -> None:
        self._rate = sample_rate
        self._is_begun = not trims
        self._trims = trims
        self._words: deque[tuple[TimedWord, WordSource | None]] = deque()
        #: Silence that is held back.
        self._held = b""
        #: Samples: left out at the start, given, and where the last word that was given ends.
        self._removed = self._given = self._last_end = 0
        #: How many samples of silence stay at the start and at the end.
        self.head = self.tail = 0

    def feed(self, output: EngineOutput) -> Iterator[EngineOutput]:
        """Take some output; yield what is ready, words first."""
        if isinstance(output, Words):
            self._words.extend((word, output.source) for word in output.words)
        elif not self._trims:
            yield from self._give(output.pcm)
        elif self._is_begun:
            yield from self._go_on(output.pcm)
        else:
            yield from self._begin(output.pcm)

    def end(self, *, is_whole: bool) -> Iterator[EngineOutput]:
        """End the segment; yield the rest. `is_whole` means that the engine spoke it to its end."""
        if not self._is_begun:  # no sample was loud: then the silence is what the engine means
            held, self._held = self._held, b""
            yield from self._give(held)
        if is_whole:
            yield from self._take_words(sys.maxsize)
        missing = self._last_end - self._given
        if missing > 0:
            yield Audio(bytes(missing * SAMPLE_BYTES))

    def _begin(self, pcm: bytes) -> Iterator[EngineOutput]:
        data = self._held + pcm
        loud = _first_loud(pcm)
        if loud is None and len(data) < self._samples(_LONGEST) * SAMPLE_BYTES:
            self._held = data
            return
        start = len(self._held) // SAMPLE_BYTES + loud if loud is not None else 0
        self.head = min(start, self._samples(_KEPT))
        self._removed = start - self.head
        self._is_begun, self._held = True, b""
        yield from self._go_on(data[self._removed * SAMPLE_BYTES :])

    def _go_on(self, pcm: bytes) -> Iterator[EngineOutput]:
        loud = _last_loud(pcm)
        data = self._held + pcm
        if loud is None:
            end = len(data) - self._samples(_LONGEST) * SAMPLE_BYTES
        else:
            end = len(self._held) + (loud + 1 + self._samples(_KEPT)) * SAMPLE_BYTES
        end = min(max(end, 0), len(data))
        if loud is not None:
            self.tail = end // SAMPLE_BYTES - len(self._held) // SAMPLE_BYTES - loud - 1
        self._held = data[end:]
        yield from self._give(data[:end])

    def _give(self, pcm: bytes) -> Iterator[EngineOutput]:
        if pcm:
            self._given += len(pcm) // SAMPLE_BYTES
            yield from self._take_words(self._given)
            yield Audio(pcm)

    def _take_words(self, before: int) -> Iterator[Words]:
        """Yield the words that start before a sample, a `Words` for each source."""
        taken: list[TimedWord] = []
        source: WordSource | None = None
        while self._words and self._words[0][0].start_sample - self._removed < before:
            word, its_source = self._words.popleft()
            if taken and its_source != source:
                yield Words(tuple(taken), source)
                taken = []
            source = its_source
            taken.append(self._placed(word))
        if taken:
            yield Words(tuple(taken), source)

    def _placed(self, word: TimedWord) -> TimedWord:
        """Return the word in the time of what is given; times never go back."""
        known = self._given + len(self._held) // SAMPLE_BYTES
        end = word.end_sample - self._removed
        # Held silence is no part of a word. Beyond that nothing is known.
        most = self._given if end <= known else known + self._samples(_REACH)
        start = max(word.start_sample - self._removed, self._last_end)
        start = min(start, max(self._given, self._last_end))
        self._last_end = max(min(end, most), start)
        return replace(word, start_sample=start, end_sample=self._last_end)

    def _samples(self, seconds: float) -> int:
        return round(seconds * self._rate)


def _first_loud(pcm: bytes) -> int | None:
    return _find_loud(_samples_of(pcm))


def _last_loud(pcm: bytes) -> int | None:
    samples = _samples_of(pcm)
    found = _find_loud(reversed(samples))
    return None if found is None else len(samples) - 1 - found


def _find_loud(samples: Iterable[int]) -> int | None:
    return next(
        (place for place, each in enumerate(samples) if not -_QUIET <= each <= _QUIET), None
    )


def _samples_of(pcm: bytes) -> "array[int]":
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
