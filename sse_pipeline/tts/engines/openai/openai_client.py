"""Requests speech from a server with the client of OpenAI, and says what went wrong.

`openai` is imported by this module alone, because its import takes a second.
"""

import base64
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from email.message import Message
from typing import Any

import httpx2
from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    AsyncStream,
    DefaultAsyncHttpxClient,
)

from sse_pipeline.tts.engines.loop_resources import LoopResourceCache
from sse_pipeline.tts.engines.openai.openai_audio import ResponseDecoder
from sse_pipeline.tts.errors import EngineFailed

_PCM = "audio/pcm"
_WAV = ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")
_EVENTS = "text/event-stream"
_UNNAMED = "application/octet-stream"

#: The client insists on a key. A server that needs none is sent this one. Without it the client
#: would take OPENAI_API_KEY from the environment, and give it to a server of somebody else.
_NO_KEY = "none"

_REFUSALS = {401: "refused the key", 403: "refused the key", 429: "is asked too much"}


class ServerConnections:
    """The pool of connections of one event loop."""

    def __init__(self, _: None) -> None:
        # No retries: after the first byte they would repeat audio, and before it the engine
        # `fallback` does better.
        # No redirects: they could lead to a server that the site does not allow.
        self.openai = AsyncOpenAI(
            api_key=_NO_KEY,
            base_url="http://localhost",
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(follow_redirects=False),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self.openai.close()

    def abandon(self) -> None:
        """Leave the connections to the parent process."""


_connections = LoopResourceCache(ServerConnections)


async def request_speech(
    base_url: str, key: str | None, timeout: float, request: Mapping[str, Any], rate: int
) -> AsyncGenerator[bytes, None]:
    """Yield the samples of the response, at the given rate.

    Closing the generator closes the connection.

    Raises:
        EngineFailed: There is no response, it is cut, or it is not audio. The message holds
            nothing of the response, which may repeat the key.
    """
    client = _connections.get(None).openai.with_options(
        base_url=base_url, api_key=key or _NO_KEY, timeout=timeout
    )
    with _errors_for_users():
        async with client.audio.speech.with_streaming_response.create(**request) as response:
            head = Message()
            head["content-type"] = response.headers.get("content-type", _UNNAMED)
            decoder = _make_decoder(head, request["response_format"], rate)
            async with aclosing(_read_body(head, response, client)) as body:
                async for data in body:
                    yield decoder.feed(data)
            yield decoder.end()


def _make_decoder(head: Message, requested: str, rate: int) -> ResponseDecoder:
    # Servers send an error with status 200, or WAV where PCM was requested: the content type
    # decides, and only a response without one is read as requested.
    kind, given = head.get_content_type(), str(head.get_param("rate", ""))
    if kind not in (_EVENTS, _UNNAMED, _PCM, *_WAV):
        raise EngineFailed(f"the speech server sent {kind}, not PCM or WAV")
    is_wav = kind in _WAV or (kind != _PCM and requested == "wav")
    return ResponseDecoder(
        is_wav=is_wav, rate=int(given) if given.isdecimal() else rate, wanted=rate
    )


async def _read_body(
    head: Message, response: Any, client: AsyncOpenAI
) -> AsyncGenerator[bytes, None]:
    if head.get_content_type() != _EVENTS:
        async for data in response.iter_bytes():
            yield data
        return
    events = AsyncStream(cast_to=object, response=response.http_response, client=client)
    async with _finished(events):
        async for event in events:
            if not isinstance(event, dict):
                raise TypeError
            kind = event.get("type")
            if kind == "speech.audio.done":
                return
            if kind == "speech.audio.delta":
                yield base64.b64decode(event["audio"], validate=True)
            elif kind == "error":
                raise EngineFailed("the speech server reported an error")
    # Only the event above ends the audio: a body that was cut ends without an error.
    raise EngineFailed("the speech server's audio was cut")


@asynccontextmanager
async def _finished(events: AsyncStream[object]) -> AsyncIterator[None]:
    """Close a stream of events, and let its generators end.

    The client leaves them suspended, in a cycle. The garbage collector may find that cycle in any
    thread, and close a generator there that runs in the loop: "async generator already executing".
    """
    try:
        yield
    finally:
        await events.close()
        with suppress(Exception):
            async for _ in events:
                pass


@contextmanager
def _errors_for_users() -> Iterator[None]:
    """Turn the errors of the client into errors that may be shown."""
    try:
        yield
    except (APITimeoutError, httpx2.TimeoutException) as error:
        raise EngineFailed("the speech server took too long") from error
    except APIStatusError as error:
        code = error.status_code
        why = _REFUSALS.get(code, "refused" if code < 500 else "has failed")
        raise EngineFailed(f"the speech server {why} ({code})") from error
    except (APIConnectionError, httpx2.HTTPError, OSError) as error:
        if isinstance(error.__cause__, httpx2.ConnectError):
            raise EngineFailed("the speech server can't be reached") from error
        raise EngineFailed("the speech server's audio was cut") from error
    except APIError as error:
        raise EngineFailed("the speech server reported an error") from error
    except (ValueError, KeyError, TypeError) as error:
        raise EngineFailed("the speech server's events can't be read") from error
