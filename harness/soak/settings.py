"""The settings of the soak: short bounds, so that what is over is forgotten soon."""

import os
from typing import Any

from project.settings import *  # noqa: F403

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "daphne"]  # noqa: F405
SSE_PIPELINE: Any = {  # type: ignore[no-redef]
    "STORE": os.environ.get("SSE_PIPELINE_STORE") or "memory",
    "JOURNAL": bool(os.environ.get("SOAK_JOURNAL")),
    "DRAIN_LIMIT": 0.2,
    # Its readers come back to a stream that has ended, on a busy machine, too.
    "KEEP": float(os.environ.get("SOAK_KEEP", "20")),
    "LEASE": 6,
    "MAX_FRAME_BYTES": 4096,
}
# The failures are asked for, and each would be a line.
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "CRITICAL"}}
