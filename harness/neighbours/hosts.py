"""The frameworks that mount the whole site under a prefix."""

from typing import Any

from harness.neighbours.site import application


def starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    return Starlette(routes=[Mount("/mounted", app=application)])


def fastapi() -> Any:
    from fastapi import FastAPI

    host = FastAPI()
    host.mount("/mounted", application)
    return host
