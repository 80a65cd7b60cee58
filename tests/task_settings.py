import os
from typing import Any

from project.settings import *  # noqa: F403
from tests.producer_settings import SSE_PIPELINE as PRODUCERS

SSE_PIPELINE: Any = PRODUCERS  # type: ignore[no-redef]
INSTALLED_APPS = [*INSTALLED_APPS, "django_tasks", "django_tasks_db"]  # noqa: F405
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DATABASES["default"]["NAME"] = os.environ["DJANGO_DATABASE"]  # noqa: F405
