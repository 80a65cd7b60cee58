import os
from typing import Any

from harness.producer_settings import INSTALLED_APPS as APPS
from harness.producer_settings import SSE_PIPELINE as PRODUCERS
from project.settings import *  # noqa: F403

SSE_PIPELINE: Any = PRODUCERS  # type: ignore[no-redef]
INSTALLED_APPS = [*APPS, "django_tasks", "django_tasks_db"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DATABASES["default"]["NAME"] = os.environ["DJANGO_DATABASE"]  # noqa: F405
