"""State machines from tables: one row is one rule, and no rule lives outside the table.

`transitions` (0.9) would attach methods to each model: 67 to 180 µs a model, which leak until
`remove_model`. So one machine is made for each table when the module is imported. It drives models
that it never registered: 9 to 12 µs a trigger.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from transitions import Machine


class Row(NamedTuple):
    """One rule: what a trigger does in a state.

    `when` names guards and `then` names effects. Both are methods of the model. The machine tries
    guards and runs effects in the order of the row. A row without `dest` leaves the state as it is.
    """

    trigger: str
    source: StrEnum
    dest: StrEnum | None = None
    when: tuple[str, ...] = ()
    then: tuple[str, ...] = ()


class StateMachine:
    """A table of rules that drives any model with a `state`.

    For a trigger and a state the machine takes the first row whose guards all hold. `effects` says
    whether the effects of a row run before or after the state changes.
    """

    def __init__(
        self,
        states: type[StrEnum],
        table: Sequence[Row],
        *,
        effects: Literal["before", "after"] = "before",
    ) -> None:
        # No auto transitions: `to_<state>()` would be a way round the table.
        machine = Machine(model=None, states=states, initial=None, auto_transitions=False)
        for row in table:
            callbacks: dict[str, Any] = {effects: list(row.then)}
            machine.add_transition(
                row.trigger, row.source, row.dest, conditions=list(row.when), **callbacks
            )
        #: The machine of `transitions` behind the table.
        self.machine = machine
        self._events = machine.events
        self._rules = frozenset((row.trigger, row.source) for row in table)

    def fire(self, model: Any, trigger: str, *arguments: Any) -> bool:
        """Apply a trigger to a model. Return False if the table has no row that may be taken.

        Guards and effects are called with `arguments`. The caller holds the lock of the model, if
        it has one: between a guard and its effect nothing else may change the model.

        Raises:
            KeyError: The table does not name the trigger.
        """
        event = self._events[trigger]
        # `transitions` would raise for a state without a row, which costs more than to ask before.
        return (trigger, model.state) in self._rules and bool(event.trigger(model, *arguments))


def triggers_of(table: Iterable[Row]) -> tuple[str, ...]:
    """Return the triggers of a table in the order of their first rows."""
    return tuple(dict.fromkeys(row.trigger for row in table))
