"""What came of a row: how many tests passed, failed and were skipped, and with which versions.

The outcome of a row is kept as JSON until the row is run again, and the table is made of all.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from harness.matrix.rows import Combination

#: The packages whose versions the table names.
NAMED = ("channels", "daphne", "transitions", "orjson", "redis")
_HEAD = """\
| Python | Django | other versions | tests | passed | failed | skipped | seconds | commit |
|---|---|---|---|---|---|---|---|---|"""


class Outcome(NamedTuple):
    """The figures of one row."""

    versions: dict[str, str]
    passed: int
    failed: int
    skipped: int
    seconds: float
    commit: str

    @classmethod
    def read(cls, report: Path, versions: str, commit: str) -> "Outcome":
        """Read the report of pytest. `versions` is a JSON object of versions by lower-case name."""
        suites = ET.parse(report).getroot().iter("testsuite")
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        seconds = 0.0
        for suite in suites:
            seconds += float(suite.get("time", 0))
            for name in counts:
                counts[name] += int(suite.get(name, 0))
        failed = counts["failures"] + counts["errors"]
        return cls(
            json.loads(versions),
            passed=counts["tests"] - failed - counts["skipped"],
            failed=failed,
            skipped=counts["skipped"],
            seconds=seconds,
            commit=commit,
        )

    @classmethod
    def load(cls, file: Path) -> "Outcome | None":
        """Return the outcome that is kept in a file, if there is one."""
        return cls(**json.loads(file.read_text())) if file.exists() else None

    def keep(self, file: Path) -> None:
        """Keep it in a file."""
        file.write_text(json.dumps(self._asdict(), indent=1))


def table(outcomes: Iterable[tuple[Combination, Outcome]]) -> str:
    """Return the table in Markdown."""
    lines = [_HEAD]
    for row, outcome in outcomes:
        found = outcome.versions
        others = ", ".join(f"{name} {found.get(name, '-')}" for name in NAMED)
        lines.append(
            f"| {found['python']} | {found['django']} | {row.versions}: {others}"
            f" | {row.part} | {outcome.passed} | {outcome.failed} | {outcome.skipped}"
            f" | {outcome.seconds:.0f} | {outcome.commit} |"
        )
    return "\n".join(lines)
