"""Asks speech servers with the client of OpenAI, and tells what they did wrong."""

import base64
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
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
)

from sse_pipeline.tts.exceptions import EngineFailed

from .loop_bound import LoopBound
from .openai_sound import Sound

_PCM = "audio/pcm"
_WAV = ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")
_EVENTS = "text/event-stream"
_UNNAMED = "application/octet-stream"

#: What servers that need no key are sent, for the client insists on one.
_NO_KEY = "none"

_REFUSALS = {401: "refused the key", 403: "refused the key", 429: "is asked too much"}


class _Client:
    """The connections of one event loop."""

    def __init__(self, _: None) -> None:
        self.openai = AsyncOpenAI(api_key=_NO_KEY, base_url="http://localhost", max_retries=0)

    async def aclose(self) -> None:
        await self.openai.close()

    def abandon(self) -> None:
        """Leave them to the parent."""


_clients = LoopBound(_Client)


async def ask(
    base_url: str, key: str | None, timeout: float, question: Mapping[str, Any], rate: int
) -> AsyncGenerator[bytes, None]:
    """Yield the samples that answer a question, at the given rate.

    Raises:
        EngineFailed: The answer is none, is cut, or is no audio; the message holds nothing of it.
    """
    client = _clients.find(None).openai.with_options(
        base_url=base_url, api_key=key or _NO_KEY, timeout=timeout
    )
    with _told():
        async with client.audio.speech.with_streaming_response.create(**question) as response:
            head = Message()
            head["content-type"] = response.headers.get("content-type", _UNNAMED)
            sound = _sound(head, question["response_format"], rate)
            async with aclosing(_body(head, response, client)) as body:
                async for data in body:
                    yield sound.feed(data)
            yield sound.end()


def _sound(head: Message, asked: str, rate: int) -> Sound:
    kind, given = head.get_content_type(), str(head.get_param("rate", ""))
    if kind not in (_EVENTS, _UNNAMED, _PCM, *_WAV):
        raise EngineFailed(f"the speech server sent {kind}, not PCM or WAV")
    is_wav = kind in _WAV or (kind != _PCM and asked == "wav")
    return Sound(is_wav=is_wav, rate=int(given) if given.isdecimal() else rate, wanted=rate)


async def _body(head: Message, response: Any, client: AsyncOpenAI) -> AsyncGenerator[bytes, None]:
    if head.get_content_type() != _EVENTS:
        async for data in response.iter_bytes():
            yield data
        return
    events = AsyncStream(cast_to=object, response=response.http_response, client=client)
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
    raise EngineFailed("the speech server's audio was cut")


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the client raises into what may be shown."""
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
