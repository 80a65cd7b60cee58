"""Tables in Markdown: for each application, store and middleware one, with the servers beside."""

from collections.abc import Iterable, Mapping

from harness.faults.catalogue import FAULTS, UNFIT
from harness.faults.columns import Column

#: What was found, by the title of the fault and the column.
Findings = Mapping[tuple[str, Column], str]


def tables(columns: Iterable[Column], findings: Findings) -> str:
    """Draw the tables of some columns."""
    groups: dict[str, list[Column]] = {}
    for column in columns:
        groups.setdefault(_title(column), []).append(column)
    return "\n\n".join(
        f"### {title}\n\n{_table(group, findings)}" for title, group in groups.items()
    )


def _title(column: Column) -> str:
    if not column.is_library:
        return column.subject.name
    store = "Redis" if column.redis else "Memory store"
    return store if column.wrapper == "plain" else f"{store}, behind OpenTelemetry's middleware"


def _table(columns: list[Column], findings: Findings) -> str:
    lines = [
        f"| fault | {' | '.join(column.server for column in columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for fault in FAULTS:
        cells = [findings[fault.title, column] for column in columns]
        if not all(cell.startswith(UNFIT) for cell in cells):
            lines.append(f"| {fault.title} | {' | '.join(cells)} |")
    return "\n".join(lines)
