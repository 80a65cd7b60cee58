"""The diagram of the state machine, drawn from its table."""

from transitions.extensions import GraphMachine

from .lifecycle import STREAMING, TABLE
from .snapshot import State


class _Subject:
    """A model to draw; nothing is triggered on it."""


def mermaid() -> str:
    """Return the diagram as Mermaid text; guards are in brackets."""
    machine = GraphMachine(
        model=_Subject(),
        states=[state.value for state in State],
        initial=STREAMING.value,
        auto_transitions=False,
        graph_engine="mermaid",
        show_conditions=True,
        title="stream",
    )
    for row in TABLE:
        machine.add_transition(
            row.trigger,
            row.source.value,
            row.dest and row.dest.value,
            conditions=list(row.when),
        )
    return str(machine.get_combined_graph().draw(None))
