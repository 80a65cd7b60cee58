"""The scripts: each is one atomic step on one stream, in its slot."""

from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Script:
    """A Lua script, called by its digest; the server may have forgotten it."""

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

    def command(self, keys: tuple[str, ...], *arguments: Any) -> tuple[Any, ...]:
        """Return the command that runs it."""
        return ("EVALSHA", self.digest, len(keys), *keys, *arguments)


LOAD = Script("load")
COMMIT = Script("commit")
APPEND = Script("append")
INSPECT = Script("inspect")
ALL = (LOAD, COMMIT, APPEND, INSPECT)
