"""The table of the documents that says what each client does."""

import re
from collections.abc import Mapping, Sequence

from benchmarks import markdown
from harness.clients.reading import CLIENTS, Cell
from harness.clients.scenarios import SCENARIOS
from harness.servers import ROOT

PAGE = ROOT / "docs" / "clients.md"
EXACT = "exact"

_TABLE = re.compile(r"(\|.*\n)+")


def with_table(text: str, verdicts: Mapping[Cell, str]) -> str:
    """Return the text of the page with another table."""
    rows = [
        [f"`{client}`", *(verdicts[Cell(client, each)] for each in SCENARIOS)] for client in CLIENTS
    ]
    table = markdown.table(["", *SCENARIOS], rows) + "\n"
    return _TABLE.sub(lambda _: table, text, count=1)


def worst(verdicts: Sequence[str]) -> str:
    """Return the first verdict that is a fault, if there is one."""
    return next((each for each in verdicts if each.startswith("**")), verdicts[0])


def exact_in(text: str) -> set[Cell]:
    """Return the cells of a page that are exact."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads, _, *rows = [[each.strip() for each in line.strip("|").split("|")] for line in lines]
    return {
        Cell(row[0].strip("`"), heads[number])
        for row in rows
        for number, verdict in enumerate(row)
        if verdict == EXACT
    }
