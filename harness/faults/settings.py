"""The settings of the library's site in the table: short bounds, and a journal in PostgreSQL."""

import json
import os
from typing import Any

from project.settings import *  # noqa: F403

#: Without daphne: only `runserver` needs it, and its import takes half a second.
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "daphne"]  # noqa: F405
ROOT_URLCONF = "harness.faults.site"
ASGI_APPLICATION = "harness.faults.site.application"
MIDDLEWARE: Any = []  # type: ignore[no-redef]
DATABASES: Any = {"default": json.loads(os.environ["FAULTS_DATABASE"])}  # type: ignore[no-redef]
SSE_PIPELINE: Any = {  # type: ignore[no-redef]
    "STORE": os.environ["SSE_PIPELINE_STORE"] or "memory",
    "WRITE_TIMEOUT": 1,
    "DRAIN_LIMIT": 0.2,
    "HEARTBEAT": 1,
    "RETRY": 0.1,
    "LEASE": 2,
}
