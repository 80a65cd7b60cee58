from harness.fault_settings import INSTALLED_APPS  # noqa: F401
from project.settings import *  # noqa: F403

ASGI_APPLICATION = "harness.inspection_site.application"
