"""Puts what eSpeak NG says of words beside the audio that it gives."""

import re
import unicodedata
from collections.abc import Iterator

from sse_pipeline.tts.engine import Audio, TimedWord, Words

from .espeak_worker import COUNT, MARK, WORD

_SAMPLE_BYTES = 2
#: Samples in a piece of audio: the first goes out early, the others are larger, to be fewer.
_FIRST_SAMPLES = 2048
_SAMPLES = 8192

#: What belongs to a word though its mark may leave it out: of a number, or behind a hyphen.
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*[a-zA-Z]*")
#: What belongs to a word of which only the first letter was marked: "a.m.", or of two ideographs.
_LETTERS = re.compile(r"(?<=\w)(?:[.'\u2019]?\w)+")
_TAIL = re.compile(r"(?:['\u2019-]\w+)+")


class MarkedAudio:
    """Orders the words and the audio of one segment.

    eSpeak NG marks the starts of words only, so a word ends where the next one starts or its clause
    ends, and the audio of a word is held until then. Numbers are marked again for each part that is
    spoken, with positions that overlap: they are one word.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._held = bytearray()
        self._released = 0
        self._marked = 0
        self._open: TimedWord | None = None
        self._closed: list[TimedWord] = []

    def hear(self, sound: bytes) -> Iterator[Audio | Words]:
        """Take the body of a `SOUND`; yield what is ready."""
        (count,) = COUNT.unpack_from(sound)
        pcm = COUNT.size + count * MARK.size
        self._held += sound[pcm:]
        for kind, position, length, sample in MARK.iter_unpack(sound[COUNT.size : pcm]):
            if kind == WORD:
                self._start(position - 1, position - 1 + length, sample)
            else:
                self._close(sample)
        ready = self._open.start_sample if self._open else self._heard
        if ready - self._released >= (_SAMPLES if self._released else _FIRST_SAMPLES):
            yield from self._release(ready)

    def end(self) -> Iterator[Audio | Words]:
        """Yield the rest."""
        self._close(self._heard)
        yield from self._release(self._heard)

    @property
    def _heard(self) -> int:
        return self._released + len(self._held) // _SAMPLE_BYTES

    def _start(self, begin: int, end: int, sample: int) -> None:
        begin, end = _extent(self._text, begin, end)
        if begin < self._marked or begin >= end:
            return
        self._close(sample, begin)
        sample = min(sample, self._heard)
        self._open, self._marked = TimedWord(begin, end, sample, sample), end

    def _close(self, sample: int, before: int | None = None) -> None:
        """Close the open word; it has the letters that are left up to the next one, too."""
        if self._open is None:
            return
        word, self._open = self._open, None
        left = _LETTERS.match(self._text[:before], word.end)
        last = left.end() if left else word.end
        end = min(max(sample, word.start_sample), self._heard)
        self._closed.append(TimedWord(word.begin, last, word.start_sample, end))

    def _release(self, ready: int) -> Iterator[Audio | Words]:
        if self._closed:
            words, self._closed = tuple(self._closed), []
            yield Words(words)
        size = (ready - self._released) * _SAMPLE_BYTES
        if size > 0:
            pcm = bytes(self._held[:size])
            del self._held[:size]
            self._released = ready
            yield Audio(pcm)


def _extent(text: str, begin: int, end: int) -> tuple[int, int]:
    """Mend a mark: it may hold a blank or a mark of punctuation, or fall short of the word's end.

    It is empty where a word stands in typographic quotes, and ends at the comma of a number.
    """
    if begin == end:
        end = _end(_WORD, text, begin)
    word = text[begin:end]
    begin += len(word) - len(word.lstrip())
    end = begin + len(word.strip())
    stem = end
    while stem > begin and unicodedata.category(text[stem - 1]).startswith("P"):
        stem -= 1
    if stem == begin:
        return begin, end
    return begin, _end(_TAIL, text, max(_end(_NUMBER, text, begin), stem))


def _end(pattern: re.Pattern[str], text: str, begin: int) -> int:
    match = pattern.match(text, begin)
    return match.end() if match else begin
