"""What eSpeak NG would speak, as phonemes."""

import ctypes
import re
from functools import cache

import espeakng_loader

from benchmarks.reading.corpus import VOICES

_UTF8, _IPA = 1, 2
#: Stress and gaps between words differ between "twenty-four" and "24", and nobody hears it.
_UNHEARD = re.compile(r"[\s\u02c8\u02cc_|-]")


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    return library


def phonemes(text: str, language: str) -> str:
    """Return the phonemes of a text, without stress and gaps."""
    library = _library()
    if library.espeak_SetVoiceByName(VOICES[language].encode()):
        raise LookupError(f"eSpeak NG has no voice for {language}")
    held = ctypes.create_string_buffer(text.encode())  # eSpeak NG reads on in it
    rest = ctypes.c_void_p(ctypes.addressof(held))
    clauses = []
    while rest.value:
        clauses.append(library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA) or b"")
    return _UNHEARD.sub("", b"".join(clauses).decode())
