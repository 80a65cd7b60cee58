"""Each decision that is possible in a stream of four components: every trigger in every order.

Others have attempts, or a finalizer; `python -m harness.state_space` looks at more of both.
"""

from collections import Counter
from collections.abc import Callable, Hashable

import pytest

from harness.gists import Gists
from harness.invariants import INVARIANTS
from harness.state_space import explore, identity, outline
from sse_pipeline.exceptions import (
    AlreadyRegistered,
    LimitReached,
    RegistryClosed,
    SSEPipelineError,
    StreamEnded,
)
from sse_pipeline.lifecycle.snapshot import Limits, Snapshot, State

pytestmark = pytest.mark.exhaustive

#: Limits that a stream of two components reaches, and what is refused then.
TIGHT = Limits(components=2, errors=1)
#: In a drain nobody begins an attempt of a component that has settled, or is at its last one.
SETTLED_IN_A_DRAIN = {(State.DRAINING, AlreadyRegistered)}
REFUSED_AT_LIMITS = {(State.STREAMING, LimitReached), (State.DRAINING, LimitReached)}


@pytest.mark.parametrize(
    ("components", "finalizers", "attempts", "key", "limits", "at_limits"),
    [
        (1, 0, 2, identity, Limits(), SETTLED_IN_A_DRAIN),
        (4, 0, 1, outline, Limits(), set()),
        (2, 0, 1, outline, TIGHT, REFUSED_AT_LIMITS),
        (1, 1, 1, outline, Limits(), set()),
    ],
)
def test_each_invariant_holds_for_each_decision(
    *,
    components: int,
    finalizers: int,
    attempts: int,
    key: Callable[[Snapshot], Hashable],
    limits: Limits,
    at_limits: set[tuple[State, type[SSEPipelineError]]],
) -> None:
    broken: Counter[str] = Counter()
    gists = Gists()
    states, refusals = set(), set()
    for made in explore(components, key, limits, finalizers, attempts):
        states.add(made.old.state)
        if made.refusal is not None:
            refusals.add((made.old.state, type(made.refusal)))
        if key is identity and not gists.fits(made):
            broken["a rule reads more than the gist"] += 1
        broken.update(each.__name__ for each in INVARIANTS if not each(made))
    assert not broken
    assert states == set(State)
    assert refusals == {
        (State.STREAMING, AlreadyRegistered),
        (State.DRAINING, RegistryClosed),
        (State.COMPLETE, StreamEnded),
        (State.ERRORED, StreamEnded),
        *at_limits,
    }
