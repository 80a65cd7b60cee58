"""Write `lifecycle.md` from the transition table: `make docs`."""

from pathlib import Path

from harness.invariants import INVARIANTS
from sse_pipeline.lifecycle.diagram import mermaid
from sse_pipeline.lifecycle.table import REFUSALS, SENDS, TABLE, events_of

TARGET = Path(__file__).with_suffix(".md")

INTRODUCTION = """\
# The lifecycle of a stream

`make docs` writes this page from the table in `sse_pipeline/lifecycle/table.py`.

- For a trigger and a state the first row whose guards all hold is taken.
- A row without a destination leaves the state as it is.
- `open` comes first: a decision on a stream that is not stored yet fires it before its own trigger.
- `finalize` and `finish` follow each trigger that was taken. When only finalizers are pending the
  outcome is decided: nothing but them changes it. A closed registry with nothing pending is the
  end.
- Where no row is taken nothing changes. The caller gets `False`, or the error of the last table.
- The frames of a row go out in the order of the list. `component` stands for one frame for each
  component that the row adds or settles.
"""

INVARIANTS_OF_ALL = """\
## What always holds

`tests/lifecycle/test_state_space.py` checks each of these sentences for each decision that is
possible in a stream of four components, in one of a component and a finalizer, and in one of a
component with attempts: every trigger in every order. Streams count as one there if no rule tells
them apart. `python -m harness.state_space` looks at more. By its gist, a stream counts as one with
those that differ only in what became of components that have settled: no rule tells them apart,
either, and it is checked that what follows of equal gists is equal. So it found, in components with
two attempts each and a finalizer:

| components | streams | decisions | that break an invariant | seconds of a processor |
|---|---|---|---|---|
| 1 | 185 | 9,850 | 0 | 3 |
| 2 | 1,790 | 133,248 | 0 | 61 |
| 3 | 15,645 | 1,432,156 | 0 | 484 |
"""


def render() -> str:
    """Return the document."""
    rows = [
        (
            row.trigger,
            row.source,
            row.dest or "",
            " and ".join(row.when).replace("_", " "),
            ", ".join(effect for effect in row.then if effect not in SENDS).replace("_", " "),
            ", ".join(f"`{event}`" for event in events_of(row)),
        )
        for row in TABLE
    ]
    refusals = [
        (trigger, state, " and ".join(when).replace("_", " "), f"`{error.__name__}`")
        for trigger, state, error, when in REFUSALS
    ]
    parts = (
        INTRODUCTION,
        f"```mermaid\n{mermaid().strip()}\n```\n",
        _table(("trigger", "from", "to", "guards", "effects", "frames"), rows),
        _table(("not taken", "in", "guards", "raises"), refusals),
        INVARIANTS_OF_ALL,
        "".join(f"- {' '.join((each.__doc__ or '').split())}\n" for each in INVARIANTS),
    )
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    TARGET.write_text(render())
