"""The rows of the matrix: a Python, a Django, the versions of all else, and a part of the tests."""

from typing import Literal, NamedTuple

#: The versions of the other packages: those of the requirements' files, the lowest that
#: pyproject.toml allows, or the newest that there are.
Versions = Literal["pinned", "lowest", "newest"]
#: All tests, all but those of the browser and of the published files, those that start no
#: process and don't try very many cases of one thing, these without the speech, or those of other
#: people's middleware.
Part = Literal["whole", "browserless", "unit", "core", "neighbours"]


class Combination(NamedTuple):
    """One row of the matrix."""

    python: str
    django: str
    versions: Versions
    part: Part

    @property
    def name(self) -> str:
        """Return the name by which the command line chooses it."""
        return f"{self.python}-{self.django}-{self.versions}-{self.part}"


ROWS = (
    Combination("3.11", "5.2", "lowest", "whole"),
    Combination("3.11", "5.2", "pinned", "whole"),
    Combination("3.12", "6.0", "pinned", "unit"),
    Combination("3.12", "6.1", "newest", "unit"),
    Combination("3.13", "6.1", "pinned", "core"),
    Combination("3.13", "6.1", "newest", "whole"),
    Combination("3.14", "5.2", "pinned", "unit"),
    Combination("3.14", "6.1", "newest", "browserless"),
    Combination("3.13", "6.1", "newest", "neighbours"),
)
