"""Turns the marks of eSpeak NG into words with a begin and an end, in order with the audio."""

import re
import unicodedata
from collections.abc import Iterator

from sse_pipeline.tts.engine_protocol import Audio, EngineOutput, TimedWord, Words
from sse_pipeline.tts.engines.espeak.espeak_worker import COUNT, MARK, WORD
from sse_pipeline.tts.results import SAMPLE_BYTES

#: The least samples of one output: few for the first one, which must be early, then more.
_FIRST_SAMPLES = 2048
_SAMPLES = 8192

_WORD = re.compile(r"\w+")
#: Parts of a word that a mark may leave out: the rest of a number, and the part behind a hyphen.
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*[a-zA-Z]*")
_TAIL = re.compile(r"(?:['\u2019-]\w+)+")
#: The rest of a word if only its first letter is marked: of "a.m.", or of two ideographs.
_LETTERS = re.compile(r"(?<=\w)(?:[.'\u2019]?\w)+")


class WordMarkAligner:
    """Yields the words of one segment before their audio.

    eSpeak NG marks only where words start. So a word ends where the next one starts or where its
    clause ends, and its audio is held back until then. A number is marked once for each part that
    is spoken, with positions that overlap: the marks of a number are one word.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._held = bytearray()
        self._released = 0
        self._marked = 0
        self._open: TimedWord | None = None
        self._closed: list[TimedWord] = []

    def feed(self, sound: bytes) -> Iterator[EngineOutput]:
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

    def end(self) -> Iterator[EngineOutput]:
        """Yield the rest."""
        self._close(self._heard)
        yield from self._release(self._heard)

    @property
    def _heard(self) -> int:
        return self._released + len(self._held) // SAMPLE_BYTES

    def _start(self, begin: int, end: int, sample: int) -> None:
        begin, end = _extent(self._text, begin, end)
        if begin < self._marked or begin >= end:  # another part of a number, or a blank
            return
        self._close(sample, begin)
        sample = min(sample, self._heard)
        self._open, self._marked = TimedWord(begin, end, sample, sample), end

    def _close(self, sample: int, before: int | None = None) -> None:
        """Close the open word. The unmarked letters up to the next word belong to it."""
        if self._open is None:
            return
        word, self._open = self._open, None
        left = _LETTERS.match(self._text[:before], word.end)
        last = left.end() if left else word.end
        end = min(max(sample, word.start_sample), self._heard)
        self._closed.append(TimedWord(word.begin, last, word.start_sample, end))

    def _release(self, ready: int) -> Iterator[EngineOutput]:
        if self._closed:
            words, self._closed = tuple(self._closed), []
            yield Words(words)
        size = (ready - self._released) * SAMPLE_BYTES
        if size > 0:
            pcm = bytes(self._held[:size])
            del self._held[:size]
            self._released = ready
            yield Audio(pcm)


def _extent(text: str, begin: int, end: int) -> tuple[int, int]:
    """Return where the marked word really begins and ends.

    A mark of eSpeak NG may include a blank or punctuation, or end before the word ends. It is empty
    for a word in typographic quotes, and it ends at the comma of a number.
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
