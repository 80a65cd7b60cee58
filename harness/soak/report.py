"""The report of a soak, in Markdown."""

import os
import platform

from harness.soak.census import table
from harness.soak.run import Soak
from harness.soak.schedules import ENDINGS


def report(soak: Soak, seed: int, seconds: float) -> str:
    """Return the counts, and how many streams ended as they were asked to."""
    right, wrong = soak.right.total(), len(soak.wrong)
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    found = (
        f"{right + wrong:,} streams in {seconds:.0f} s (seed {seed}, {machine});"
        f" {soak.connections:,} connections of readers. Ended as asked: {right:,};"
        f" otherwise: {wrong}."
    )
    lines = [
        found,
        "",
        table(soak.counts),
        "",
        "| what happens | ends | streams |",
        "|---|---|---|",
    ]
    for ending in ENDINGS:
        end = f"`{ending.state}`" + (f", `{ending.verdict}`" if ending.verdict else "")
        lines.append(f"| {ending.name} | {end} | {soak.right[ending.name]:,} |")
    return "\n".join(lines)
