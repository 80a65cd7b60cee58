"""Pieces in a row: a spoken text that knows where it stands in the displayed one."""

from collections.abc import Iterable, Iterator

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
        if here and "".join(each.text for each in here) != piece.text:
            here = (Piece(piece.text, here[0].begin, here[-1].end),)
        yield from here
    yield from passage


def _split_piece(piece: Piece, at: int) -> tuple[Piece, Piece]:
    middle = piece.begin + at if piece.is_verbatim else piece.end
    first = Piece(piece.text[:at], piece.begin, middle)
    return first, Piece(piece.text[at:], middle, piece.end)


def _locate_in(piece: Piece, begin: int, end: int) -> tuple[int, int]:
    if piece.is_verbatim:
        return piece.begin + begin, piece.begin + end
    return piece.begin, piece.end
