"""The request that reads or swaps the text of a key."""

from __future__ import annotations

from collections.abc import Sequence

from .. import keys
from ..connection import Command, ServerAnswer
from ..scripts import KEY
from .script_request import ScriptRequest, StoreContext


class KeyRequest(ScriptRequest[str]):
    """Gives a key the text `new` if it has `old`; with an empty `new` it only reads."""

    def __init__(
        self, context: StoreContext, key: str, old: str = "", new: str = "", life: float = 0.0
    ) -> None:
        super().__init__(context, f"key {key}")
        self._key = key
        self._arguments = (old, new, max(1, round(1000 * life)))

    @property
    def keys(self) -> tuple[str, ...]:
        return (keys.named(self._key),)

    def command(self) -> Command:
        return KEY.command(self.keys, *self._arguments)

    def handle(self, answer: Sequence[ServerAnswer]) -> None:
        self.resolve(answer[0].decode())
