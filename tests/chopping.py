"""Chops a text into pieces, as a language model does."""

from collections.abc import Iterable


def chop(text: str, sizes: Iterable[int]) -> list[str]:
    """Cut pieces of these sizes off a text; the rest is the last of them."""
    pieces = []
    for size in sizes:
        pieces.append(text[:size])
        text = text[size:]
    return [*pieces, text]
