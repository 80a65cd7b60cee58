"""`python -m harness.faults`: run the table of faults and write it into docs/reliability.md.

With `--columns` or `--faults` it runs a part, and writes nothing.
"""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import zip_longest

from harness.documents import write_part
from harness.faults.catalogue import FAULTS
from harness.faults.columns import OF_PEERS, OWN, Column
from harness.faults.run import journal_database, run
from harness.faults.table import tables
from harness.servers import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"
#: What is said of that which does not come in time.
NEVER = "(>"
#: Most of the time goes by in waiting.
WORKERS = 8


def _ordered() -> Iterator[Column]:
    """Yield all columns, mixed: those of the peers wait more, those of the library work more."""
    for pair in zip_longest(OF_PEERS, OWN):
        yield from filter(None, pair)


def main() -> int:
    """Run the cells; return 1 if a stream or a process of the library hung."""
    parser = ArgumentParser(prog="python -m harness.faults", description=__doc__)
    parser.add_argument("--columns", default="", help="run the columns that have these words")
    parser.add_argument("--faults", default="", help="run the faults that have this text")
    parser.add_argument("--workers", type=int, default=WORKERS, help="columns at a time")
    options = parser.parse_args()
    words = options.columns.split()
    columns = [each for each in _ordered() if all(word in each.name for word in words)]
    begun = time.monotonic()
    with journal_database() as database:
        titles = [each.title for each in FAULTS if options.faults in each.title]
        findings = run(columns, titles, database, options.workers)
        whole = len(titles) == len(FAULTS) and not words
        if whole:
            write_part(DOCUMENT, "faults", tables(OWN, findings))
            write_part(DOCUMENT, "faults of the peers", tables(OF_PEERS, findings))
    print(f"{len(findings)} cells in {time.monotonic() - begun:.0f} s")
    wrong = [
        (title, column)
        for (title, column), found in findings.items()
        if "broken" in found or (column.is_library and NEVER in found)
    ]
    for title, column in wrong:
        print(f"!!! {column.name}: {title}: {findings[title, column]}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
