import os
from typing import Any

from project.settings import *  # noqa: F403

#: Without what `runserver` alone needs, and each process would take half a second to import.
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "daphne"]  # noqa: F405
ROOT_URLCONF = "harness.fault_site"
ASGI_APPLICATION = "harness.fault_site.application"
MIDDLEWARE: Any = []  # type: ignore[no-redef]
SSE_PIPELINE: Any = {  # type: ignore[no-redef]
    "STORE": os.environ.get("SSE_PIPELINE_STORE", "memory"),
    "WRITE_TIMEOUT": 1,
    "DRAIN_LIMIT": 0.2,
    "HEARTBEAT": 60,
    "BODY_TIMEOUT": float(os.environ.get("BODY_TIMEOUT", "30")),
}
