"""Gives a time to the words that an engine has left out.

eSpeak NG speaks some words together, and marks the first of them only: "of the", "AT&T".
"""

from collections.abc import Iterator

from sse_pipeline.tts.engine_protocol import TimedWord
from sse_pipeline.tts.engines.word_boundaries import find_words


class WordGapFiller:
    """Adds the words of one segment that have no time.

    A word without a time shares that of the word before it; at the start of a part that of the word
    after it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._last = 0
        self._end_sample = 0

    def fill(self, words: tuple[TimedWord, ...], *, is_last: bool = False) -> tuple[TimedWord, ...]:
        """Return some words of the engine, in their order, with those that it left out."""
        filled: list[TimedWord] = []
        for word in words:
            left_out = self._left_out(word.begin)
            if filled:
                filled[-1:] = _share([filled[-1], *left_out], filled[-1])
                filled.append(word)
            else:
                filled += _share([*left_out, word], word)
            self._last = max(self._last, word.end)
        if is_last:
            left_out = self._left_out(len(self._text))
            shared = filled.pop() if filled else TimedWord(0, 0, self._end_sample, self._end_sample)
            filled += [each for each in _share([shared, *left_out], shared) if each.end]
        self._end_sample = max([self._end_sample, *(word.end_sample for word in filled)])
        return tuple(filled)

    def _left_out(self, before: int) -> list[TimedWord]:
        begin = self._last
        found = find_words(self._text[begin:before]) if before > begin else []
        return [TimedWord(begin + each.begin, begin + each.end, 0, 0) for each in found]


def _share(words: list[TimedWord], shared: TimedWord) -> Iterator[TimedWord]:
    """Yield words with parts of the time of one, by their lengths."""
    start, length = shared.start_sample, shared.end_sample - shared.start_sample
    total = sum(word.end - word.begin for word in words) or 1
    heard = 0
    for word in words:
        first, heard = heard, heard + word.end - word.begin
        times = (start + length * each // total for each in (first, heard))
        yield TimedWord(word.begin, word.end, *times)
