"""A Lua script of the package, and the command that calls it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path

from ..connection import Command


@dataclass(frozen=True)
class LuaScript:
    """A script of this folder with the prelude before it, called by the digest of its text.

    A server forgets its scripts when it restarts; the writer loads them with each new connection,
    and again when a server answers that it does not know one.
    """

    name: str
    text: str = field(init=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        text = "".join(
            (Path(__file__).parent / f"{part}.lua").read_text(encoding="utf-8")
            for part in ("prelude", self.name)
        )
        object.__setattr__(self, "text", text)
        digest = sha1(text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "digest", digest)

    def command(self, keys: tuple[str, ...], *arguments: str | bytes | float) -> Command:
        """Return the command that runs the script."""
        return ("EVALSHA", self.digest, len(keys), *keys, *arguments)
