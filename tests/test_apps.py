"""The application, as a site installs it."""

import logging
import subprocess
import sys

from tests.servers import ROOT

WITHOUT_SPEECH = """
import sys
sys.modules["sentencex"] = None
try:
    import sse_pipeline.tts
except ModuleNotFoundError as error:
    print(error)
"""


def test_the_steps_of_transitions_stay_out_of_the_log() -> None:
    assert not logging.getLogger("transitions.core").isEnabledFor(logging.INFO)


def test_without_the_extra_the_speech_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SPEECH], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "speech needs sentencex: install django-sse-pipeline[speech]"
