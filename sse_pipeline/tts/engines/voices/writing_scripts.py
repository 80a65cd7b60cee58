"""The scripts of characters and of languages, by their codes of ISO 15924."""

import unicodedata
from functools import cache, lru_cache

import regex
from babel import Locale
from babel.core import get_global

#: Characters that belong to no script by themselves, such as digits.
COMMON = frozenset({"Zyyy", "Zinh"})
#: Every voice reads it: words of English stand in texts of all languages.
LATIN = "Latn"

#: A code of ISO 15924 that stands for several scripts of Unicode.
_MIXED = {
    "Hans": frozenset({"Hani", "Bopo"}),
    "Hant": frozenset({"Hani", "Bopo"}),
    "Jpan": frozenset({"Hani", "Hira", "Kana"}),
    "Kore": frozenset({"Hani", "Hang"}),
}
#: Numbers that voices read, by how Unicode decomposes them: not those in circles.
_READ_NUMBERS = ("<super>", "<sub>", "<fraction>")


@lru_cache(4096)
def script_of(character: str) -> str:
    """Return the script of a character, or "Zzzz" if no name of it is known."""
    found = _scripts().match(character)
    return found.lastgroup if found else "Zzzz"


@lru_cache(256)
def scripts_of_language(tag: str) -> frozenset[str]:
    """Return the scripts that a language is written in, Latin among them."""
    parts = tag.replace("_", "-").split("-")
    written = [part.title() for part in parts[1:] if len(part) == 4 and part.isalpha()]
    code = written[0] if written else _likely(parts[0].casefold(), 1)
    return _MIXED.get(code, frozenset({code})) | {LATIN}


def language_of_script(script: str, *, has_kana: bool) -> str | None:
    """Return the language in which a script is most often used, or None.

    Chinese characters are Japanese where the text has kana too.
    """
    if script == "Hani" and has_kana:
        return "ja"
    return _likely(f"und_{script}", 0) or None


def can_say(character: str, scripts: frozenset[str]) -> bool:
    """Return whether a voice that reads these scripts says a letter or a digit."""
    kind = unicodedata.category(character)
    if kind == "Nd":
        return True
    if kind == "No":
        return unicodedata.decomposition(character).startswith(_READ_NUMBERS)
    script = script_of(character)
    return script in scripts or script in COMMON


def _likely(tag: str, part: int) -> str:
    """Return the language (0) or the script (1) that is likely for a tag, or ""."""
    aliases = get_global("language_aliases")
    likely = get_global("likely_subtags").get(aliases.get(tag, tag), "")
    return likely.split("_")[part] if likely else ("", LATIN)[part]


@cache
def _scripts() -> "regex.Pattern[str]":
    known = []
    for code in (LATIN, *Locale("en").scripts):
        try:
            regex.compile(rf"\p{{Script={code}}}")
        except regex.error:  # a code of several scripts, or of none
            continue
        known.append(code)
    return regex.compile(
        "|".join(rf"(?P<{code}>\p{{Script={code}}})" for code in dict.fromkeys(known))
    )
