"""Whether rules read no more of a stream than its gist: what follows of equal gists is equal."""

from collections.abc import Hashable
from dataclasses import replace

from harness.state_space import Decision, gist, gist_of


class Gists:
    """What followed of each gist, by what was asked, in the decisions that were seen."""

    def __init__(self) -> None:
        self._followed: dict[Hashable, Hashable] = {}

    def fits(self, made: Decision) -> bool:
        """Return whether a decision is as each earlier one of the same gist that was asked that."""
        asked = (gist(made.old), _asked(made))
        followed = (gist(made.new), made.taken, type(made.refusal))
        return self._followed.setdefault(asked, followed) == followed


def _asked(made: Decision) -> Hashable:
    """Return the cause with the gist of the component that it names, in the place of its name."""
    named, cause = made.old.registry.get(made.cause.name), made.cause
    if cause.component is not None:
        cause = replace(cause, component=replace(cause.component, name="c"))
    return repr(replace(cause, name="")), named and gist_of(named)
