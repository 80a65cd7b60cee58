from typing import Any

from project.settings import *  # noqa: F403

ROOT_URLCONF = "tests.fault_site"
ASGI_APPLICATION = "tests.fault_site.application"
MIDDLEWARE: Any = []  # type: ignore[no-redef]
SSE_PIPELINE: Any = {  # type: ignore[no-redef]
    "WRITE_TIMEOUT": 1,
    "DRAIN_LIMIT": 0.2,
    "HEARTBEAT": 60,
}
