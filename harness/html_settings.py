from typing import Any

from project.settings import *  # noqa: F403

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "daphne"]  # noqa: F405
ROOT_URLCONF = "harness.html_site"
MIDDLEWARE: Any = []  # type: ignore[no-redef]
SSE_PIPELINE: Any = {  # type: ignore[no-redef]
    "JOURNAL": False,
    "RETRY": 0.02,
    "DIALECTS": {
        "htmx-named": "harness.html_dialects.Named",
        "htmx-unnamed": "harness.html_dialects.Unnamed",
        "datastar-page": "harness.html_dialects.Patched",
        "datastar-beta": "harness.html_dialects.PatchedBeta",
    },
}
TEMPLATES: Any = [  # type: ignore[no-redef]
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.locmem.Loader",
                    {
                        # A client that lost its place begins again, and so does the page.
                        "begin.html": '<p id="text" hx-swap-oob="innerHTML"></p>',
                        "named/piece.html": "<b>{{ chunk }}</b>\n",
                        "named/outcome.html": "{{ message }}\n",
                        "piece.html": '<p hx-swap-oob="beforeend:#text"><b>{{ chunk }}</b></p>\n',
                        "outcome.html": '<p id="outcome" hx-swap-oob="true">{{ message }}</p>\n',
                        "patched/begin.html": '<p id="text"></p>',
                        "patched/outcome.html": '<p id="outcome">\n{{ message }}</p>',
                    },
                )
            ]
        },
    }
]
