"""Estimates when words are heard, from their lengths, for engines that give no word times."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from sse_pipeline.tts.engine_protocol import Audio, EngineOutput, TimedWord, Words
from sse_pipeline.tts.engines.word_boundaries import WordPlace, find_words
from sse_pipeline.tts.results import SAMPLE_BYTES

#: How long a sign takes, in Latin letters. The values were fitted to a neural voice.
_DIGIT = 6.0
_IDEOGRAPH = 3.5
_PAUSE = 4.0
_WIDE = regex.compile(r"[\p{Han}\p{Hangul}]")
_PAUSES = regex.compile(r"[,;:.!?\u2013\u2014\u2026\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f]")

#: The first guess of the seconds for a letter, and how many letters this guess weighs.
_LETTER = 0.065
_EXPERIENCE = 100.0


@dataclass(frozen=True, slots=True)
class _ReadingTimes:
    """The words of a text, the begin and end of each, and the length of all, in letters."""

    words: list[WordPlace]
    times: list[tuple[float, float]]
    length: float


class SpeakingRate:
    """The speed of a voice, learned from its finished segments."""

    def __init__(self) -> None:
        self._letters = _EXPERIENCE
        self._seconds = _EXPERIENCE * _LETTER

    @property
    def seconds_a_letter(self) -> float:
        """How long a letter takes, in seconds."""
        return self._seconds / self._letters

    def learn(self, letters: float, seconds: float) -> None:
        """Learn from a finished segment. Older segments count less."""
        self._letters = self._letters / 2 + letters
        self._seconds = self._seconds / 2 + seconds


@lru_cache(256)
def speaking_rate_for(voice: Hashable) -> SpeakingRate:
    """Return the speaking rate of a voice in this process. Equal voices share it."""
    return SpeakingRate()


class WordTimeEstimator:
    """Yields words before the audio of one segment, whose length is known only at its end.

    The first audio is yielded at once, with words at the expected rate. Later audio is yielded one
    part behind. So at the end there is audio left for the words that are left.
    """

    def __init__(self, text: str, sample_rate: int, speaking_rate: SpeakingRate) -> None:
        self._reading = _read(text)
        self._rate = sample_rate
        self._speaking_rate = speaking_rate
        #: Samples for a letter, counted from this letter and this sample.
        self._scale = speaking_rate.seconds_a_letter * sample_rate
        self._origin = 0.0, 0.0
        self._given = 0
        self._last = 0
        self._released = 0
        self._held = b""

    def feed(self, pcm: bytes) -> Iterator[EngineOutput]:
        """Take some audio; yield what is ready, words first."""
        ready = pcm
        if self._released:
            ready, self._held = self._held, pcm
        if ready:
            yield from self._release(ready)

    def end(self) -> Iterator[EngineOutput]:
        """Yield the rest, and learn from the whole segment."""
        held, self._held = self._held, b""
        end = self._released + len(held) // SAMPLE_BYTES
        if self._given < len(self._reading.words):
            self._squeeze(end)
        yield from self._release(held, is_last=True)
        self._speaking_rate.learn(self._reading.length, end / self._rate)

    def give_up(self) -> Iterator[EngineOutput]:
        """Yield the audio that came last, because no more comes, and the words in it."""
        held, self._held = self._held, b""
        if held:
            yield from self._release(held)

    def _squeeze(self, end: int) -> None:
        if self._place(self._reading.length) > end:
            letter = self._reading.times[self._given][0]
            start = max(self._released, self._last)
            self._origin = letter, start
            self._scale = (end - start) / (self._reading.length - letter)

    def _release(self, pcm: bytes, *, is_last: bool = False) -> Iterator[EngineOutput]:
        until = self._released + len(pcm) // SAMPLE_BYTES
        known = until + len(self._held) // SAMPLE_BYTES
        words = []
        for word, (first, last) in self._rest():
            start, end = self._place(first), self._place(last)
            if start >= until and not is_last:
                break
            self._last = min(end, known)
            words.append(TimedWord(word.begin, word.end, min(start, known), self._last))
        self._given += len(words)
        self._released = until
        if words:
            yield Words(tuple(words), "estimated")
        if pcm:
            yield Audio(pcm)

    def _rest(self) -> Iterator[tuple[WordPlace, tuple[float, float]]]:
        left = slice(self._given, None)
        return zip(self._reading.words[left], self._reading.times[left], strict=True)

    def _place(self, letter: float) -> int:
        begun, sample = self._origin
        return round(sample + (letter - begun) * self._scale)


def spread_words(text: str, samples: int, begin: int = 0, start: int = 0) -> list[TimedWord]:
    """Spread the words of a text over the whole of its audio.

    `begin` is the place of the text in its segment, and `start` the sample where its audio begins.
    """
    reading = _read(text)
    scale = samples / reading.length
    return [
        TimedWord(
            begin + word.begin,
            begin + word.end,
            start + round(first * scale),
            start + round(last * scale),
        )
        for word, (first, last) in zip(reading.words, reading.times, strict=True)
    ]


def _read(text: str) -> _ReadingTimes:
    words, times, now = find_words(text), [], 0.0
    ends = [*(word.begin for word in words), len(text)][1:]
    for word, end in zip(words, ends, strict=True):
        start, now = now, now + _length(text[word.begin : word.end])
        times.append((start, now))
        now += _PAUSE if _PAUSES.search(text, word.end, end) else 0.0
    return _ReadingTimes(words, times, now or 1.0)


def _length(word: str) -> float:
    digits, wide = sum(map(str.isdigit, word)), len(_WIDE.findall(word))
    return digits * _DIGIT + wide * _IDEOGRAPH + (len(word) - digits - wide)
