"""The results as Markdown."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any

from benchmarks import markdown
from benchmarks.speech.row import NAMES, OWN, Row

Runs = Sequence[dict[str, Any]]


def table(results: Iterable[tuple[Row, Runs]]) -> str:
    """Draw the table: the medians, and how far the time to the first audio ranged."""
    columns: dict[str, Callable[[Row, Runs], str]] = {
        "": lambda row, _: NAMES[row.system],
        "engine": lambda row, _: row.engine,
        "in flight": lambda row, _: str(row.in_flight),
        "fast path": lambda row, _: row.fast_path,
        "first audio, ms": _first_audio,
        "total, s": lambda _, runs: f"{_median(runs, 'total'):.2f}",
        "after the last token, s": lambda _, runs: f"{_median(runs, 'lag'):.3f}",
        "ran dry, ms": lambda _, runs: f"{1000 * _median(runs, 'silence'):.0f}",
        "audio, s": lambda _, runs: f"{_median(runs, 'audio'):.0f}",
        "real-time factor": lambda _, runs: f"{_median(runs, 'real_time_factor'):.3f}",
        "segments": lambda _, runs: f"{_median(runs, 'segments'):.0f}",
        "CPU, s": lambda _, runs: f"{_median(runs, 'cpu'):.1f}",
    }
    cells = [[show(row, runs) for show in columns.values()] for row, runs in results]
    return markdown.table(list(columns), cells)


def cold_starts(results: Iterable[tuple[Row, Runs]]) -> str:
    """Say how soon the first sentence of a new process was heard."""
    cold: dict[str, list[float]] = {}
    for row, runs in results:
        name = row.engine if row.system == OWN else f"{row.engine} in {NAMES[row.system]}"
        cold.setdefault(name, []).extend(run["cold"] for run in runs)
    return ", ".join(f"{name} {1000 * median(times):.0f} ms" for name, times in cold.items())


def _first_audio(_: Row, runs: Runs) -> str:
    times = [1000 * run["first_audio"] for run in runs]
    return f"{median(times):.0f} ({min(times):.0f} to {max(times):.0f})"


def _median(runs: Runs, figure: str) -> float:
    return float(median(run[figure] for run in runs))
