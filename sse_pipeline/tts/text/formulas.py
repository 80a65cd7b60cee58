"""Formulas in words. The library `mathra` reads them; without it only simple ones are spoken."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

#: Longer formulas are not spoken: nobody follows them by ear.
LONGEST_FORMULA = 1000


class FormulaWords(NamedTuple):
    """What `mathra` says otherwise than people do."""

    given: str
    to: str
    gives: str
    divergence: str
    curl: str
    #: Ends of groups that take too long to hear.
    ends: str


_WORDS: Mapping[str, FormulaWords] = {
    "en": FormulaWords(
        "given", "to", "gives", "divergence of", "curl of", "end (?:exponent|root|fraction)"
    ),
    "de": FormulaWords(
        "gegeben", "nach", "wird zu", "Divergenz von", "Rotation von", "Ende (?:des|der) \\w+"
    ),
    "fr": FormulaWords(
        "sachant", "vers", "donne", "divergence de", "rotationnel de", "fin de (?:l'|la )\\w+"
    ),
    "es": FormulaWords(
        "dado", "a", "produce", "divergencia de", "rotacional de", "fin(?:al)? (?:del|de la) \\w+"
    ),
}
_ARROW = re.compile(r"\\(?:to|rightarrow|longrightarrow)(?![A-Za-z])(?![^{}]*\})")
_REACTION = re.compile(r"\\(?:rightarrow|longrightarrow)(?![A-Za-z])(?![^{}]*\})")
_FORMULA_OF_MATTER = re.compile(r"[A-Z][a-z]?_\{?[0-9]|\\ce\{|\\mathrm\{")
_GIVEN = re.compile(r"\\mid(?![A-Za-z])|\u2223")
_PRODUCTS = ((re.compile(r"\\nabla\s*\\cdot"), 3), (re.compile(r"\\nabla\s*\\times"), 4))
_SIMPLE = re.compile(r"[^\W_]+(?:[.,][0-9]+)?")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}|\\label\{[^{}]*\}")
_SPACE = re.compile(r"\s+")
#: What is left of a command that was not understood.
_UNREAD = re.compile(r"[\\{}^_$&]")


def read_formula(tex: str, language: str) -> str | None:
    """Return a formula in words, or None if it can't be read. It is never spelled out."""
    tex = _ENVIRONMENT.sub(" ", tex).strip()
    if _SIMPLE.fullmatch(tex) and (tex.isdecimal() or len(tex) == 1):
        return tex
    if len(tex) > LONGEST_FORMULA:
        return None
    name = language.partition("-")[0].partition("_")[0].casefold()
    words = _WORDS.get(name)
    spoken = _speak(_reworded(tex, words) if words else tex, name)
    if not spoken or _UNREAD.search(spoken):
        return None
    if words:
        spoken = re.sub(rf",? {words.ends}", "", spoken)
    return _SPACE.sub(" ", spoken).strip()


def _reworded(tex: str, words: FormulaWords) -> str:
    for pattern, index in _PRODUCTS:
        tex = _replace(pattern, words[index], tex)
    tex = _replace(_GIVEN, words.given, tex)
    if _FORMULA_OF_MATTER.search(tex):
        tex = _replace(_REACTION, words.gives, tex)
    return _replace(_ARROW, words.to, tex)


def _replace(pattern: re.Pattern[str], words: str, tex: str) -> str:
    return pattern.sub(lambda found: rf"\text{{ {words} }}", tex)


def _speak(tex: str, language: str) -> str | None:
    render = _renderer()
    if render is None:
        return None
    try:
        return render(tex, language)
    except (ValueError, KeyError):  # A lone surrogate is a UnicodeEncodeError, a ValueError.
        return None
    except BaseException as error:
        # A panic of Rust arrives as a PanicException, which is not an Exception.
        if type(error).__name__ != "PanicException":
            raise
        return None


@cache
def _renderer() -> Callable[[str, str], str] | None:
    try:
        import mathra  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    return lambda tex, language: str(mathra.render(tex, language)["speech"])
