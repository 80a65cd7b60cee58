from typing import Any

from project.settings import *  # noqa: F403

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "daphne"]  # noqa: F405
ROOT_URLCONF = "harness.client_site"
MIDDLEWARE: Any = []  # type: ignore[no-redef]
#: A client comes back at once, and hears of a silence soon.
SSE_PIPELINE: Any = {"JOURNAL": False, "RETRY": 0.02, "HEARTBEAT": 0.2}  # type: ignore[no-redef]
