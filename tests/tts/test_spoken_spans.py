"""A spoken text knows where it is displayed, however it is cut or put into other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_pipeline.tts.text.spoken_spans import (
    SpokenSpan,
    find_displayed,
    replace_spoken,
    split_spans,
)

#: "**Hello** $5 end" is spoken as "Hello five dollars end".
PASSAGE = (
    SpokenSpan("", 0, 2),
    SpokenSpan("Hello", 2, 7),
    SpokenSpan("", 7, 9),
    SpokenSpan(" ", 9, 10),
    SpokenSpan("five dollars", 10, 12, is_reworded=True),
    SpokenSpan(" end", 12, 16),
)


PASSAGE_END = " five dollars end"


def spoken(passage) -> str:
    return "".join(piece.text for piece in passage)


@st.composite
def passages(draw):
    pieces, at = [], 0
    for _ in range(draw(st.integers(1, 8))):
        text, size = draw(st.text("ab", max_size=4)), draw(st.integers(0, 4))
        pieces.append(SpokenSpan(text, at, at + size, is_reworded=len(text) not in (0, size)))
        at += size
    return tuple(pieces)


def is_tiled(passage, begin: int, end: int) -> bool:
    bounds = [begin, *[bound for piece in passage for bound in (piece.begin, piece.end)], end]
    return all(a == b for a, b in zip(bounds[::2], bounds[1::2], strict=True))


@pytest.mark.parametrize(
    ("begin", "end", "found"),
    [
        (0, 5, (2, 7)),
        (1, 3, (3, 5)),
        (6, 10, (10, 12)),
        (11, 18, (10, 12)),
        (19, 22, (13, 16)),
        (4, 7, (6, 12)),
        (0, 0, (0, 0)),
    ],
)
def test_a_stretch_is_found_where_it_is_displayed(begin, end, found):
    assert find_displayed(PASSAGE, begin, end) == found


def test_what_is_not_spoken_at_the_cut_goes_to_the_right():
    left, right = split_spans(PASSAGE, 5)
    assert (spoken(left), left[-1].end) == ("Hello", 7)
    assert right[0] == SpokenSpan("", 7, 9)


def test_words_that_stand_for_others_are_cut_after_all_of_these():
    left, right = split_spans(PASSAGE, 10)
    assert left[-1] == SpokenSpan("five", 10, 12, is_reworded=True)
    assert right[0] == SpokenSpan(" dollars", 12, 12, is_reworded=True)


@given(passages(), st.integers(0, 40))
def test_a_split_loses_nothing(passage, at):
    left, right = split_spans(passage, at)
    assert spoken(left) + spoken(right) == spoken(passage)
    assert len(spoken(left)) == min(at, len(spoken(passage)))
    assert is_tiled(left + right, passage[0].begin, passage[-1].end)


def test_other_words_stand_where_the_first_ones_stood():
    a_lot = SpokenSpan("a lot", 6, 18, is_reworded=True)
    found = replace_spoken(PASSAGE, [SpokenSpan("Hello ", 0, 6), a_lot, SpokenSpan(" end", 18, 22)])
    assert spoken(found) == "Hello a lot end"
    assert SpokenSpan("a lot", 10, 12, is_reworded=True) in found
    assert is_tiled(found, 0, 16)
    assert find_displayed(found, 12, 15) == (13, 16)


def test_what_is_not_spoken_is_no_part_of_other_words():
    found = replace_spoken(
        PASSAGE, [SpokenSpan("Howdy", 0, 5, is_reworded=True), SpokenSpan(PASSAGE_END, 5, 22)]
    )
    assert found[:3] == (
        SpokenSpan("", 0, 2), SpokenSpan("Howdy", 2, 7, is_reworded=True), SpokenSpan("", 7, 9),
    )  # fmt: skip
    assert is_tiled(found, 0, 16)


def test_other_words_of_the_same_length_are_other_words():
    found = replace_spoken(
        (SpokenSpan("14:30 Uhr", 3, 12),), [SpokenSpan("14 Uhr 30", 0, 9, is_reworded=True)]
    )
    assert find_displayed(found, 7, 9) == (3, 12)


@given(passages(), st.data())
def test_other_words_lose_nothing(passage, data):
    text, at, words = spoken(passage), 0, []
    while at < len(text):
        end = data.draw(st.integers(at + 1, len(text)))
        other = data.draw(st.sampled_from([text[at:end], "other", ""]))
        words.append(SpokenSpan(other, at, end, is_reworded=other != text[at:end]))
        at = end
    found = replace_spoken(passage, words)
    assert spoken(found) == spoken(words)
    assert is_tiled(found, passage[0].begin, passage[-1].end)
