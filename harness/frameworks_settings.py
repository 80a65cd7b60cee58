from typing import Any

from project.settings import *  # noqa: F403

INSTALLED_APPS = [
    *(app for app in INSTALLED_APPS if app != "daphne"),  # noqa: F405
    "rest_framework",
]
ROOT_URLCONF = "harness.frameworks_site"
MIDDLEWARE: Any = ["django.middleware.gzip.GZipMiddleware"]  # type: ignore[no-redef]
REST_FRAMEWORK: Any = {"DEFAULT_AUTHENTICATION_CLASSES": []}
