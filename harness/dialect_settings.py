from typing import Any

from project.settings import *  # noqa: F403

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "daphne"]  # noqa: F405
ROOT_URLCONF = "harness.dialect_site"
MIDDLEWARE: Any = ["django.middleware.gzip.GZipMiddleware"]  # type: ignore[no-redef]
SSE_PIPELINE: Any = {"JOURNAL": False}  # type: ignore[no-redef]
