"""Each decision that is possible in a stream of four components: every trigger in every order."""

from collections import Counter
from collections.abc import Callable, Hashable

import pytest

from harness.invariants import INVARIANTS
from harness.state_space import explore, identity, outline
from sse_pipeline.exceptions import AlreadyRegistered, RegistryClosed, StreamEnded
from sse_pipeline.lifecycle.snapshot import Snapshot, State


@pytest.mark.parametrize(("components", "key"), [(1, identity), (4, outline)])
def test_each_invariant_holds_for_each_decision(
    components: int, key: Callable[[Snapshot], Hashable]
) -> None:
    broken: Counter[str] = Counter()
    states, refusals = set(), set()
    for made in explore(components, key):
        states.add(made.old.state)
        if made.refusal is not None:
            refusals.add((made.old.state, type(made.refusal)))
        broken.update(each.__name__ for each in INVARIANTS if not each(made))
    assert not broken
    assert states == set(State)
    assert refusals == {
        (State.STREAMING, AlreadyRegistered),
        (State.DRAINING, RegistryClosed),
        (State.COMPLETE, StreamEnded),
        (State.ERRORED, StreamEnded),
    }
