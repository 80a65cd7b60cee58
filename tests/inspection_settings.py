from project.settings import *  # noqa: F403

ASGI_APPLICATION = "tests.inspection_site.application"
