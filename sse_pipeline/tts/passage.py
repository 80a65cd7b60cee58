"""Pieces in a row: a spoken text that knows where it stands in the displayed one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .speech_text import Piece

Passage = tuple[Piece, ...]


def split(passage: Iterable[Piece], at: int) -> tuple[Passage, Passage]:
    """Split before a character of the spoken text; what is not spoken there goes to the right."""
    left: list[Piece] = []
    rest = iter(passage)
    for piece in rest:
        if at <= 0:
            return tuple(left), (piece, *rest)
        if at < len(piece.text):
            first, second = _split_piece(piece, at)
            return (*left, first), (second, *rest)
        left.append(piece)
        at -= len(piece.text)
    return tuple(left), ()


def locate(passage: Passage, begin: int, end: int) -> tuple[int, int]:
    """Find where a stretch of the spoken text is displayed."""
    start = 0
    found: list[int] = []
    for piece in passage:
        stop = start + len(piece.text)
        if start < end and stop > begin:
            found += _locate_in(piece, max(begin - start, 0), min(end, stop) - start)
        start = stop
    return (min(found), max(found)) if found else (passage[0].begin, passage[0].begin)


def respeak(passage: Passage, spoken: Iterable[Piece]) -> Passage:
    """Have a passage spoken in other words, which come as pieces of its spoken text."""
    return tuple(_respoken(passage, spoken))


def _respoken(passage: Passage, spoken: Iterable[Piece]) -> Iterator[Piece]:
    for piece in spoken:
        here, passage = split(passage, piece.end - piece.begin)
        yield from _reworded(here, piece.text) if piece.is_reworded else here
    yield from passage


def _reworded(passage: Passage, text: str) -> Iterator[Piece]:
    """Put a passage into other words, which stand for what was spoken of it."""
    spoken = [piece for piece in passage if piece.text]
    begin, end = spoken[0].begin, spoken[-1].end
    yield from (piece for piece in passage if piece.end <= begin and not piece.text)
    yield Piece(text, begin, end, is_reworded=True)
    yield from (piece for piece in passage if piece.begin >= end and not piece.text)


def _split_piece(piece: Piece, at: int) -> tuple[Piece, Piece]:
    middle = piece.end if piece.is_reworded else piece.begin + at
    first = replace(piece, text=piece.text[:at], end=middle)
    return first, replace(piece, text=piece.text[at:], begin=middle)


def _locate_in(piece: Piece, begin: int, end: int) -> tuple[int, int]:
    if piece.is_reworded:
        return piece.begin, piece.end
    return piece.begin + begin, piece.begin + end
