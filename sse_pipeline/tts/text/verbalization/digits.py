"""Telephone numbers and codes: digits that are read one by one."""

import re

from sse_pipeline.tts.text.verbalization.number_words import NumberWords

#: With a country's code, as in North America, or with a leading zero and groups.
TELEPHONE = re.compile(
    r"(?<![\w.,/+-])(?:"
    r"\+[0-9]{1,3}(?:[ \u00a0.-]?(?:\([0-9]{1,4}\)|[0-9]{1,11})){1,6}"
    r"|(?:1[ .-])?(?:\([0-9]{3}\) ?|[0-9]{3}[ .-])[0-9]{3}[-.][0-9]{4}"
    r"|[0-9]{3}-[0-9]{4}"
    r"|0[0-9]{1,5}[ /-][0-9]{2,4}(?:[ -][0-9]{2,4}){1,4}"
    r"|0[0-9]{2,5}[ /-][0-9]{5,9}"
    r"|0[0-9](?: [0-9]{2}){4}"
    r")(?![\w/-]|[.,][0-9])"
)
_GROUP = re.compile(r"[0-9]+")
#: Fewer or more digits are no telephone number.
_FEWEST, _MOST = 7, 15


def spoken_telephone(found: re.Match[str], words: NumberWords) -> str | None:
    """Return a telephone number digit by digit, with a pause after each group."""
    groups = _GROUP.findall(found[0])
    if not _FEWEST <= sum(map(len, groups)) <= _MOST:
        return None
    sign = f"{words.operators.get('+', '+')} " if found[0].startswith("+") else ""
    return sign + ", ".join(" ".join(group) for group in groups)


def code_pattern(words: NumberWords) -> re.Pattern[str] | None:
    """Return the pattern of a code after a word that announces it, or None without such words."""
    if not words.codes:
        return None
    return re.compile(
        rf"(?:(?<!\w)(?:{words.codes})(?:\s+(?:is|was|ist|lautet|est|es|\u0939\u0948))?[:\uff1a\u662f\u306f]?\s*)"
        r"(?P<code>[0-9]{3,10}(?:[- ][0-9]{3,5})?)(?!\w|[.,][0-9])"
    )


def spoken_code(found: re.Match[str]) -> str:
    """Return the word as it stands, and the code digit by digit."""
    announced = found[0][: found.start("code") - found.start()]
    groups = _GROUP.findall(found["code"])
    return announced + ", ".join(" ".join(group) for group in groups)
