"""Words stand beside the audio that they are heard in."""

import pytest

from sse_pipeline.tts.engines import Audio, TimedWord, Words
from sse_pipeline.tts.engines.espeak.espeak_marks import WordMarkAligner
from sse_pipeline.tts.engines.espeak.espeak_worker import CLAUSE_END, COUNT, MARK, WORD


def sound(samples: int, *marks: tuple[int, int, int, int]) -> bytes:
    packed = b"".join(MARK.pack(*mark) for mark in marks)
    return COUNT.pack(len(marks)) + packed + b"\x00\x00" * samples


def pieces(text: str, *sounds: bytes) -> list[Audio | Words]:
    aligner = WordMarkAligner(text)
    return [piece for body in sounds for piece in aligner.feed(body)] + [*aligner.end()]


def words(*found: Audio | Words) -> list[TimedWord]:
    return [word for piece in found if isinstance(piece, Words) for word in piece.words]


def test_a_word_ends_where_the_next_starts_or_the_clause_ends():
    found = pieces(
        "Hi you, bye",
        sound(100, (WORD, 1, 2, 0), (WORD, 4, 3, 60)),
        sound(100, (CLAUSE_END, 8, 0, 150), (WORD, 9, 3, 160)),
    )
    assert words(*found) == [
        TimedWord(0, 2, 0, 60),
        TimedWord(3, 6, 60, 150),
        TimedWord(8, 11, 160, 200),
    ]


def test_words_come_before_the_audio_in_which_they_start():
    second = sound(3000, (WORD, 4, 3, 5000))
    found = pieces("Hi you", sound(3000, (WORD, 1, 2, 0)), second)
    kinds = [type(piece) for piece in found]
    assert kinds == [Words, Audio, Words, Audio]
    assert [len(piece.pcm) // 2 for piece in found if isinstance(piece, Audio)] == [5000, 1000]


def test_the_marks_of_one_number_are_one_word():
    marks = [(WORD, 1, 4, 0), (WORD, 2, 4, 10), (WORD, 2, 4, 20), (WORD, 6, 2, 30)]
    found = words(*pieces("1234 ok", sound(50, *marks)))
    assert found == [TimedWord(0, 4, 0, 30), TimedWord(5, 7, 30, 50)]


def test_marks_that_make_no_sense_are_tamed():
    marks = [
        (WORD, 3, 1, 0),
        (WORD, 1, 2, 40),
        (WORD, 4, 90, 30),
        (WORD, 0, 0, 5),
        (CLAUSE_END, 9, 0, 999),
    ]
    found = words(*pieces("a b c", sound(50, *marks)))
    assert found == [TimedWord(2, 3, 0, 30), TimedWord(4, 5, 30, 50)]


@pytest.mark.parametrize(
    ("text", "position", "length", "word"),
    [
        ("\u201cenough\u201d", 2, 0, "enough"),
        ("3,000,000 people", 1, 2, "3,000,000"),
        ("It is 3.50.", 7, 5, "3.50"),
        ("don't", 1, 3, "don't"),
        ("twelve-year-olds'", 1, 6, "twelve-year-olds"),
        ("the 1st", 5, 1, "1st"),
        ("a - b", 3, 2, "-"),
        ("https://x", 6, 3, "://"),
        ("\u0928\u092e\u0938\u094d\u0924\u0947 x", 1, 6, "\u0928\u092e\u0938\u094d\u0924\u0947"),
        ("\u4f60\u597d", 1, 1, "\u4f60\u597d"),
        ("a.m. now", 1, 1, "a.m"),
        ("U.S. now", 1, 1, "U.S"),
    ],
)
def test_a_mark_is_mended_to_hold_the_word(text, position, length, word):
    (found,) = words(*pieces(text, sound(50, (WORD, position, length, 0))))
    assert text[found.begin : found.end] == word


def test_blanks_are_no_words():
    assert words(*pieces(" \n ", sound(50, (WORD, 1, 3, 0)))) == []


def test_no_audio_is_no_piece():
    assert pieces("Hi") == []
