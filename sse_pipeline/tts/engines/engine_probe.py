"""Finds out whether an engine or a text is at fault when segments fail one after the other."""

import asyncio
from contextlib import aclosing

from sse_pipeline.escaping import make_logger
from sse_pipeline.tts.engine_protocol import Audio, Engine, SelectiveEngine
from sse_pipeline.tts.engines.circuit_breaker import CircuitBreaker
from sse_pipeline.tts.text.segments import Segment

logger = make_logger(__name__)

#: How long an engine has for its probe, in seconds: the worker may have to load a model.
PROBE_TIMEOUT = 10.0


async def note_failure(engine: Engine, breaker: CircuitBreaker) -> None:
    """Count a failure, unless the engine speaks its probe: then the text is at fault.

    The probe is spoken only if the breaker would open.
    """
    if breaker.is_at_limit and isinstance(engine, SelectiveEngine) and await is_sound(engine):
        breaker.record_success()
    else:
        breaker.record_failure(asyncio.get_running_loop().time())


#: The probes that run, so that they are not collected.
_probes: set[asyncio.Task[None]] = set()


def note_failure_soon(engine: Engine, breaker: CircuitBreaker) -> None:
    """Do the same in a task, for a caller that holds the turn of the engine or can't wait."""
    if breaker.is_at_limit and isinstance(engine, SelectiveEngine):
        task = asyncio.get_running_loop().create_task(note_failure(engine, breaker))
        _probes.add(task)
        task.add_done_callback(_probes.discard)
    else:
        breaker.record_failure(asyncio.get_running_loop().time())


async def is_sound(engine: Engine) -> bool:
    """Return whether an engine speaks its probe. It must be a `SelectiveEngine`."""
    assert isinstance(engine, SelectiveEngine)
    probe = Segment(0, engine.probe, 0)
    try:
        async with (
            asyncio.timeout(PROBE_TIMEOUT),
            engine.turn(),
            aclosing(engine.synthesize(probe)) as outputs,
        ):
            async for output in outputs:
                if isinstance(output, Audio) and output.pcm:
                    return True
    except Exception as error:  # noqa: BLE001 - whatever it is, the engine does not speak
        logger.warning("an engine did not speak its probe: %r", error)
    return False
