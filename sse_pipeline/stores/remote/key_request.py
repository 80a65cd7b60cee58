"""The request that reads or swaps the text of a key."""

from __future__ import annotations

from collections.abc import Sequence

from .store_request import Part, StoreContext, StoreRequest


class KeyRequest(StoreRequest[str]):
    """Gives a key the text `new` for `life` seconds if it has `old`; an empty `new` only reads.

    A repeat whose answer got lost finds the new text, and is answered with it.
    """

    def __init__(
        self, context: StoreContext, key: str, old: str = "", new: str = "", life: float = 0.0
    ) -> None:
        super().__init__(context, f"key {key}")
        self.key = key
        self.old, self.new = old, new
        self.life = life

    def handle(self, answer: Sequence[Part]) -> None:
        self.resolve(answer[0].decode())
