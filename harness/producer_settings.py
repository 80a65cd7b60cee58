"""The settings of a producer's process: a shared store, and short times."""

import os
from typing import Any

from project.settings import *  # noqa: F403

#: Without daphne: only `runserver` needs it, and its import takes half a second.
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "daphne"]  # noqa: F405
ROOT_URLCONF = "harness.fault_site"
ASGI_APPLICATION = "harness.fault_site.application"
MIDDLEWARE: Any = []  # type: ignore[no-redef]
SSE_PIPELINE: Any = {  # type: ignore[no-redef]
    "STORE": os.environ["SSE_PIPELINE_STORE"],
    "LEASE": float(os.environ.get("LEASE", "1")),
    "CLAIM_TIMEOUT": 2,
    "DRAIN_LIMIT": 0.5,
    "HEARTBEAT": 1,
    "RETRY": 0.1,
    "KEEP": 60,
}
