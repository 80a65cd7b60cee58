"""Cuts a text into chunks, as a language model does."""

from collections.abc import Iterable


def chop(text: str, sizes: Iterable[int]) -> list[str]:
    """Cut chunks of these sizes off a text. The rest is the last chunk."""
    chunks = []
    for size in sizes:
        chunks.append(text[:size])
        text = text[size:]
    return [*chunks, text]
