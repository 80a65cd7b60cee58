"""Runs the cells: some columns at a time, the faults of a column one after the other."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from harness import postgresql
from harness.faults.catalogue import FAULTS
from harness.faults.columns import Column
from harness.faults.stage import LIMIT, database_environment, stage
from harness.postgresql import PostgreSQL


@contextmanager
def journal_database() -> Iterator[PostgreSQL]:
    """Run the database of the journals, with its tables, and let this process read it."""
    import django
    from django.core.management import call_command

    with postgresql.served() as database:
        os.environ["DJANGO_SETTINGS_MODULE"] = "harness.faults.settings"
        os.environ["SSE_PIPELINE_STORE"] = ""
        os.environ["FAULTS_DATABASE"] = database_environment(database)
        django.setup()
        call_command("migrate", verbosity=0)
        yield database


def run(
    columns: Sequence[Column], titles: Iterable[str], database: PostgreSQL, workers: int
) -> dict[tuple[str, Column], str]:
    """Run the faults with these titles in each column; return what was found."""
    findings: dict[tuple[str, Column], str] = {}
    chosen = list(titles)
    with ThreadPoolExecutor(workers) as pool:
        for column, found in zip(
            columns,
            pool.map(lambda column: run_column(column, chosen, database), columns),
            strict=True,
        ):
            findings |= {(title, column): text for title, text in found.items()}
    return findings


def run_column(
    column: Column, titles: Iterable[str], database: PostgreSQL, limit: float = LIMIT
) -> dict[str, str]:
    """Run faults in a column. A cell that breaks says so, and the next ones are run."""
    found: dict[str, str] = {}
    with stage(column, database, limit) as set_up:
        for fault in FAULTS:
            if fault.title in titles:
                try:
                    found[fault.title] = fault.unfit(column) or fault.run(set_up)
                except Exception as error:  # noqa: BLE001 - it is the finding
                    found[fault.title] = f"broken: {type(error).__name__}: {error}".partition("\n")[
                        0
                    ]
                    set_up.close()
                set_up.settle()
                print(f"{column.name}: {fault.title}: {found[fault.title]}", flush=True)
    return found
