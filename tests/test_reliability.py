"""The table of faults and the soak: a part of each, and what is written into the document."""

from pathlib import Path

import pytest

from harness.commands import printed_by
from harness.documents import write_part
from harness.faults.catalogue import FAULTS, UNFIT
from harness.faults.columns import LIBRARY, OF_PEERS, OWN, Column
from harness.faults.run import run_column
from harness.faults.table import tables
from harness.postgresql import PostgreSQL
from harness.servers import SERVERS

BY_HAND = next(column for column in OF_PEERS if column.subject.name == "by hand")
#: Seconds after which what a peer never ends counts as such.
LIMIT = 2


def test_a_part_without_marks_is_refused(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text("<!-- begin of the faults -->\n")
    with pytest.raises(ValueError, match="no marks of the faults"):
        write_part(document, "faults", "text")


def test_a_table_has_a_column_for_each_server_and_no_row_that_fits_none() -> None:
    columns = [column for column in OWN if column.wrapper == "plain" and not column.redis]
    findings = {
        (fault.title, column): fault.unfit(column) or f"as {column.server}"
        for fault in FAULTS
        for column in columns
    }
    drawn = tables(columns, findings)
    assert drawn.startswith(f"### Memory store\n\n| fault | {' | '.join(SERVERS)} |\n")
    assert "| reads nothing | as daphne | as uvicorn | as granian | as hypercorn |" in drawn
    assert "Redis" not in drawn
    assert UNFIT not in drawn


@pytest.mark.processes
def test_the_library_ends_what_a_peer_leaves_open(postgresql: PostgreSQL) -> None:
    own = run_column(
        Column(LIBRARY, "uvicorn"), ["reads nothing", "producer raises"], postgresql, limit=60
    )
    assert own["reads nothing"].startswith("let go after ")
    assert own["producer raises"].startswith("errored: component_failed after ")
    peer = run_column(BY_HAND, ["producer raises", "stream is cancelled"], postgresql, limit=LIMIT)
    assert peer["producer raises"] == f"hangs (> {LIMIT} s), 10 of 47 frames"
    assert peer["stream is cancelled"] == f"{UNFIT}(has no cancel)"


@pytest.mark.patient
@pytest.mark.processes
def test_a_short_soak_leaves_nothing_behind() -> None:
    words = ["--count", "300", "--seed", "1", "--window", "10", "--keep", "3"]
    found = printed_by("harness.soak", *words)
    assert "Ended as asked: 300; otherwise: 0." in found
