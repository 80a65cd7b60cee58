"""Stretches of the displayed text, and what is spoken of each."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the displayed text and what is spoken of it.

    Where both are of one length, each character spoken stands for the one displayed.
    """

    #: What is spoken: the stretch itself, something else, or "" where nothing is.
    text: str
    #: In code points of the displayed text.
    begin: int
    end: int
    #: Why a whole block is not spoken, for people: "code" or "formula".
    skipped: str | None = None

    @property
    def is_verbatim(self) -> bool:
        """Tell whether each character spoken stands for one displayed."""
        return len(self.text) == self.end - self.begin


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
    if piece.text and not piece.is_verbatim:
        return None
    return bool(piece.text), piece.skipped
