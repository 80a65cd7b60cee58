"""The request that reads or swaps the text of a key."""

from __future__ import annotations

from collections.abc import Sequence

from ...remote.store_request import Part, StoreContext, StoreRequest


class KeyRequest(StoreRequest[str]):
    """Gives a key the text `new` if it has `old`; with an empty `new` it only reads."""

    def __init__(
        self, context: StoreContext, key: str, old: str = "", new: str = "", life: float = 0.0
    ) -> None:
        super().__init__(context, f"key {key}")
        self.key = key
        self.arguments = (old, new, max(1, round(1000 * life)))

    def handle(self, answer: Sequence[Part]) -> None:
        self.resolve(answer[0].decode())
