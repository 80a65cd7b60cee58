"""The components of an answer: its text, and its speech."""

from ..conf import UNSET
from ..lifecycle.registry import Component
from ..streams.component import make_component

TEXT = "text_generation"
SPEECH = "tts_processing"


def components(*, speech: bool, required: bool = False, claim: bool = True) -> list[Component]:
    """Return the components of an answer, to declare them when a handler is made.

    With `claim=False` another process makes the answer. It has `CLAIM_TIMEOUT` seconds to begin.
    """
    spoken = [make_component(SPEECH, required, UNSET, claim)] if speech else []
    return [make_component(TEXT, True, UNSET, claim), *spoken]
