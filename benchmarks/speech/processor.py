"""The CPU time of a process and its workers."""

import os
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage


def cpu_seconds() -> float:
    """Return the CPU time of this process and its children.

    Children that still run are found in /proc, on systems that have it.
    """
    ended = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in ended) + sum(map(_ticks, _children()))


def _children() -> list[list[str]]:
    """List what /proc/<pid>/stat holds behind the name, for each child."""
    every = [_stat(path) for path in Path("/proc").glob("[0-9]*/stat")]
    return [stat for stat in every if stat[1:2] == [str(os.getpid())]]


def _stat(path: Path) -> list[str]:
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:  # It has ended.
        return []


def _ticks(stat: list[str]) -> float:
    return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK")
