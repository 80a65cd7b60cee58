"""Sites with few applications: `python -m harness.bare_site NAME` prints what one answers, as JSON.

A process of its own each: a model of Django exists in a process once it was imported, even if its
application is not installed.
"""

import asyncio
import json
import sys
from contextlib import redirect_stdout
from typing import Any

import django
from django.conf import settings

urlpatterns: list[Any] = []

SITES: dict[str, dict[str, Any]] = {
    "neither": {"INSTALLED_APPS": []},
    "tokens in sessions": {"INSTALLED_APPS": [], "CSRF_USE_SESSIONS": True},
    "no sessions": {"INSTALLED_APPS": ["django.contrib.contenttypes", "django.contrib.auth"]},
    "no users": {"INSTALLED_APPS": ["django.contrib.sessions"]},
    "no engine": {"INSTALLED_APPS": [], "SESSION_ENGINE": "nowhere.sessions"},
    "an engine without its table": {
        "INSTALLED_APPS": [],
        "SESSION_ENGINE": "django.contrib.sessions.backends.cached_db",
    },
}


def configure(installed: list[str], **others: Any) -> None:
    """Configure and migrate a site."""
    settings.configure(
        ALLOWED_HOSTS=["localhost"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": "file:bare?mode=memory&cache=shared",
                "TEST": {},
            }
        },
        INSTALLED_APPS=[*installed, "sse_pipeline"],
        SECRET_KEY="x",
        USE_TZ=True,
        **{"ROOT_URLCONF": __name__, "SSE_PIPELINE": {"JOURNAL": False}, **others},
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, run_syncdb=True)


async def status_of(method: str, path: str, **headers: str) -> int:
    """Send a request for a stream; return the status of the reply."""
    from channels.testing import HttpCommunicator
    from django.core.asgi import get_asgi_application

    from sse_pipeline.routing import application

    sent = {"host": "localhost", **headers}
    named = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    client = HttpCommunicator(application(get_asgi_application()), method, path, b"", named)
    reply = await client.get_response(timeout=20)
    await client.wait()
    return int(reply["status"])


async def answers() -> dict[str, list[int]]:
    """Return the statuses for a stream of somebody's, and for one of nobody's."""
    from django.core import signing

    from sse_pipeline import SSEHandler

    stray = {"cookie": "sessionid=" + "s" * 32}
    bearer = {"authorization": f"Bearer {signing.dumps('7', salt='sse_pipeline.staff')}"}
    found: dict[str, list[int]] = {}
    for name, owner in (("owned", "user:7"), ("free", None)):
        handler = SSEHandler(owner=owner)
        await handler.amark_complete()
        path = f"/streams/{handler.stream_id}/"
        for kind, headers in (("stray", stray), ("bearer", bearer)):
            found[f"{name}, {kind}"] = [
                await status_of("HEAD", f"{path}events/", **headers),
                await status_of("GET", path, **headers),
                await status_of("POST", f"{path}cancel/", **headers),
                await status_of("GET", f"{path}inspect/", **headers),
            ]
    return found


def problems() -> list[str]:
    """Return the ids of what the system checks find."""
    from django.core.checks import run_checks

    found = run_checks(tags=["sse_pipeline"], include_deployment_checks=True)
    return sorted(str(message.id) for message in found if message.is_serious())


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        site = dict(SITES[sys.argv[1]])
        configure(site.pop("INSTALLED_APPS"), **site)
        document = {"answers": asyncio.run(answers()), "problems": problems()}
    print(json.dumps(document))
