"""Write `lifecycle.md` anew from the transition table: `make docs`."""

from pathlib import Path

from sse_pipeline.lifecycle.decision import REFUSALS, TABLE
from sse_pipeline.lifecycle.diagram import mermaid

TARGET = Path(__file__).with_suffix(".md")

INTRODUCTION = """\
# The lifecycle of a stream

Drawn from the table in `sse_pipeline/lifecycle.py` by `make docs`.

- Of the rows for a trigger and a state, the first whose guards all hold is taken.
- A row without a destination leaves the state as it is.
- After a trigger was taken `finish` is tried: a closed registry with nothing pending is the end.
- Where no row is taken nothing changes: the caller gets `False`, or the error listed below.
"""


def render() -> str:
    """Return the document."""
    rows = [
        (
            row.trigger,
            row.source,
            row.dest or "",
            " and ".join(row.when).replace("_", " "),
            ", ".join(row.then).replace("_", " "),
        )
        for row in TABLE
    ]
    refusals = [
        (trigger, state, f"`{error.__name__}`") for (trigger, state), error in REFUSALS.items()
    ]
    parts = (
        INTRODUCTION,
        f"```mermaid\n{mermaid().strip()}\n```\n",
        _table(("trigger", "from", "to", "guards", "effects"), rows),
        _table(("not taken", "in", "raises"), refusals),
    )
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    TARGET.write_text(render())
