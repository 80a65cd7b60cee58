"""The rows of the table."""

from collections.abc import Callable
from typing import NamedTuple

from harness.faults import of_clients, of_processes, of_producers, of_stores
from harness.faults.columns import Column
from harness.faults.stage import Stage

#: Begins the text of a cell that makes no sense.
UNFIT = "\N{EN DASH} "


class Fault(NamedTuple):
    """A row: what is done, and how to do it. `unfit` says why a column can't have it."""

    title: str
    run: Callable[[Stage], str]
    unfit: Callable[[Column], str] = lambda _: ""


def _no_library(column: Column) -> str:
    return "" if column.is_library else UNFIT + "(of the library alone)"


def _no_cancel(column: Column) -> str:
    return "" if column.is_library else UNFIT + "(has no cancel)"


def _one_process(column: Column) -> str:
    return "" if column.shared else UNFIT + "(the producer lives in the server)"


def _no_redis(column: Column) -> str:
    return "" if column.redis else UNFIT + "(no store outside the process)"


OF_CLIENTS = (
    Fault("reads nothing", of_clients.reads_nothing),
    Fault("reads 1 byte/s", of_clients.reads_a_byte_a_second),
    Fault("vanishes (RST)", of_clients.vanishes),
    Fault("half-open, frames come", of_clients.stops_while_frames_come),
    Fault("half-open, only pings come", of_clients.stops_while_nothing_comes),
)
OF_PRODUCERS = (
    Fault("producer raises", of_producers.raises),
    Fault("producer's task is cancelled", of_producers.task_is_cancelled),
    Fault("stream is cancelled", of_producers.stream_is_cancelled, _no_cancel),
    Fault("clock moves by an hour", of_producers.clock_is_moved, _no_library),
)
OF_PROCESSES = (
    Fault("server gets SIGTERM", of_processes.is_asked_to_end),
    Fault("server is killed (-9)", of_processes.is_killed),
    Fault("producer's process is killed (-9)", of_processes.producer_is_killed, _one_process),
    Fault("database is away", of_processes.database_is_away, _no_library),
)
OF_STORES = (
    Fault("Redis is killed and comes back", of_stores.is_killed, _no_redis),
    Fault("Redis is paused", of_stores.is_paused, _no_redis),
    Fault("Redis is full", of_stores.is_full, _no_redis),
    Fault("Redis is emptied", of_stores.is_emptied, _no_redis),
    Fault("Redis fails over", of_stores.fails_over, _no_redis),
)
FAULTS = (*OF_CLIENTS, *OF_PRODUCERS, *OF_PROCESSES, *OF_STORES)
