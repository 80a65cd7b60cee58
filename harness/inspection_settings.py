from project.settings import *  # noqa: F403
from tests.fault_settings import INSTALLED_APPS  # noqa: F401

ASGI_APPLICATION = "harness.inspection_site.application"
