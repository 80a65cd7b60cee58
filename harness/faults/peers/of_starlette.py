"""sse-starlette: the generator of a reply is the producer. With its bounds, as in the library's."""

import json
import uuid
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from harness.faults.meter import Meter
from harness.faults.scenarios import produce


async def open_stream(request: Request) -> JSONResponse:
    # Any process can serve it: the reply makes the frames.
    return JSONResponse({"stream": f"{request.path_params['scenario']}-{uuid.uuid4()}"})


async def begin(request: Request) -> JSONResponse:
    return JSONResponse({})


async def events(request: Request) -> EventSourceResponse:
    scenario = request.path_params["stream"].partition("-")[0]

    async def body() -> AsyncIterator[dict[str, object]]:
        yield {"retry": 100}
        number = 0
        async for event, data in produce(scenario):
            number += 1
            yield {"event": event, "id": str(number), "data": json.dumps(data)}

    return EventSourceResponse(body(), ping=1, send_timeout=1)


application = Meter(
    Starlette(
        routes=[
            Route("/open/{scenario}/", open_stream),
            Route("/begin/{scenario}/{stream}/", begin),
            Route("/events/{stream}/", events),
        ]
    )
)
