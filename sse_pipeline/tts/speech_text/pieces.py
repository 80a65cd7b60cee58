"""Stretches of the displayed text, and what is spoken of each."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the displayed text and what is spoken of it."""

    #: What is spoken: the stretch itself, something else, or "" where nothing is.
    text: str
    #: In code points of the displayed text.
    begin: int
    end: int
    #: Why a whole block is not spoken, for people: "code" or "formula".
    skipped: str | None = None
    #: Whether what is spoken stands for the stretch as a whole, and not character by character.
    is_reworded: bool = False


def coalesce(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Join neighbours that are spoken character by character, and those that are left out alike."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and _how(last) == _how(piece) is not None:
            joined[-1] = Piece(last.text + piece.text, last.begin, piece.end, piece.skipped)
        else:
            joined.append(piece)
    return tuple(joined)


def _how(piece: Piece) -> tuple[bool, str | None] | None:
    if piece.is_reworded:
        return None
    return bool(piece.text), piece.skipped
