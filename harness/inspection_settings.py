from harness.fault_settings import INSTALLED_APPS  # noqa: F401
from project.settings import *  # noqa: F403

ASGI_APPLICATION = "harness.inspection_site.application"
# The specimens stay as they are for as long as a test may take on a busy machine.
SSE_PIPELINE = {"DRAIN_SILENCE": 3600, "COMPONENT_TIMEOUT": 3600, "KEEP": 3600}
