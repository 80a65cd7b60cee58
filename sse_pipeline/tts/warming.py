"""Makes voices ready before their first text: a model takes a second to load."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import Future

from sse_pipeline.escaping import make_logger
from sse_pipeline.tts.engine_protocol import Engine, WarmEngine
from sse_pipeline.tts.engines.engine_catalogue import find_engine
from sse_pipeline.tts.errors import SpeechConfigError
from sse_pipeline.tts.speech_config import read_config
from sse_pipeline.tts.speech_loop import speech_loop
from sse_pipeline.tts.speech_policy import DEFAULT_POLICY, SpeechPolicy

logger = make_logger(__name__)


def warm_up(org_config: object, policy: SpeechPolicy = DEFAULT_POLICY) -> "Future[None]":
    """Make the voice of a configuration ready, on the speech loop; return when it will be.

    A failure is logged, and the voice is made ready by its first text.

    Raises:
        SpeechConfigError: The configuration can't be used.
    """
    return warm_engine(find_engine(read_config(org_config, policy)))


def warm_up_all(org_configs: Iterable[object], policy: SpeechPolicy = DEFAULT_POLICY) -> None:
    """Make several voices ready. A configuration that can't be used is logged."""
    for org_config in org_configs:
        try:
            warm_up(org_config, policy)
        except SpeechConfigError as error:
            logger.warning("a voice can't be made ready: %s", error)


def warm_engine(engine: Engine) -> "Future[None]":
    """Make an engine ready, if it can be."""
    return asyncio.run_coroutine_threadsafe(_warm(engine), speech_loop())


async def _warm(engine: Engine) -> None:
    if not isinstance(engine, WarmEngine):
        return
    try:
        await engine.warm()
    except Exception as error:  # noqa: BLE001 - the first text will tell
        logger.warning("a voice could not be made ready: %r", error)
