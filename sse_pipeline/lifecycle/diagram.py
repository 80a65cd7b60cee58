"""The diagram of the state machine, drawn from its table."""

from transitions.extensions import GraphMachine

from ..machine import Row
from .snapshot import State
from .table import STREAMING, TABLE, events_of


class _Drawing:
    """The model that `GraphMachine` wants. Nothing is triggered on it."""


def mermaid() -> str:
    """Return the diagram as Mermaid text: trigger, guards in brackets, frames after a slash."""
    machine = GraphMachine(
        model=_Drawing(),
        states=[state.value for state in State],
        initial=STREAMING.value,
        auto_transitions=False,
        graph_engine="mermaid",
        title="stream",
    )
    for row in TABLE:
        machine.add_transition(
            row.trigger, row.source.value, (row.dest or row.source).value, label=_label(row)
        )
    return str(machine.get_combined_graph().draw(None))


def _label(row: Row) -> str:
    guards = f" [{' & '.join(row.when)}]" if row.when else ""
    frames = f" / {', '.join(events_of(row))}" if events_of(row) else ""
    return f"{row.trigger}{guards}{frames}"
