"""How long a voice pauses between two segments."""

from collections.abc import Mapping
from types import MappingProxyType

from sse_pipeline.tts.text.segments import Joint
from sse_pipeline.validation import between, first_complaint

#: In seconds at speed 1. None stands for a segment that was cut where no voice would pause.
DEFAULTS: Mapping[Joint | None, float] = MappingProxyType(
    {None: 0.04, "clause": 0.15, "sentence": 0.3, "item": 0.4, "paragraph": 0.6, "heading": 0.7}
)

_CHECKS = {str(joint): between(0.0, 5.0) for joint in DEFAULTS if joint}


def pauses_or_false(value: object) -> str | None:
    """Check for a mapping of joints to seconds, or False."""
    if value is False:
        return None
    if not isinstance(value, Mapping):
        return "must be a mapping of joints to seconds, or False"
    complaint = first_complaint(value, _CHECKS)
    return f"{complaint[0]!r} {complaint[1]}" if complaint else None


def pauses_of(
    given: Mapping[Joint, float] | bool, speed: float
) -> dict[Joint | None, float] | None:
    """Return the pause for each joint, in seconds; None for those of the engine."""
    if isinstance(given, bool):
        return None
    return {
        joint: given.get(joint, usual) / speed if joint else usual
        for joint, usual in DEFAULTS.items()
    }
