from typing import Any

from harness.fault_settings import *  # noqa: F403

ROOT_URLCONF = "harness.rights_site"
ASGI_APPLICATION = "harness.rights_site.application"
SSE_PIPELINE: Any = {  # type: ignore[no-redef]
    **SSE_PIPELINE,  # noqa: F405
    "AUTHORIZE": "harness.rights_site.authorize",
    "HEARTBEAT": 0.2,
}
