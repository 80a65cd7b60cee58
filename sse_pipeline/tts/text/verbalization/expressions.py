"""Formulas without a mark: "x > -15", "10 - 3 = 7", "b^2-4ac", "1.26e+29".

Only what can hardly be anything else is read: terms that are numbers or single letters, with a sign
between them that no prose has, or a power.
"""

import re

from sse_pipeline.tts.text.verbalization.number_words import NumberWords

#: The signs that have another form, and the sign under which their words are kept.
_FORMS = {"\u2212": "-", "\u2013": "-", "\u00d7": "*", "\u00b7": "*", "\u00f7": "/"}
_SIGN = "[-=<>+*/\u2212\u2013\u00d7\u00b7\u00f7\u00b1\u2260\u2264\u2265\u2248\u2208\u2229\u222a]"
_NUMBER = r"[0-9]{1,12}(?:[.,][0-9]{1,6})?"
_POWER = r"(?:\^(?:\{-?[0-9A-Za-z]{1,4}\}|-?[0-9]{1,4}|[A-Za-z]))"
#: A number with up to three variables ("4ac"), variables with a power ("mc^2"), or a variable, also
#: as a function of one ("f(x)").
_TERM = (
    rf"(?:{_NUMBER}(?:[a-z]{{1,3}}(?![a-z]))?{_POWER}?|[A-Za-z]{{1,3}}{_POWER}"
    r"|[A-Za-z]\([a-z]\)|[A-Za-z](?![A-Za-z(]))"
)
_SIGNED = rf"(?:[-\u2212]?{_TERM})"
#: An expression of at most 21 terms: nobody follows a longer one by ear.
EXPRESSION = re.compile(
    rf"(?<![\w&?/.,=^$#@-])(?P<whole>{_SIGNED}(?: ?{_SIGN} ?{_SIGNED}){{0,20}})"
    r"(?![\w^&=(\[/-]|,[0-9]|\.\w)"
)
#: What makes an expression of terms, and not of a range, a fraction or a date.
_IS_SURE = re.compile("[=<>^\u2260\u2264\u2265\u2248\u2208\u2229\u222a]")
_PARTS = re.compile(
    rf"(?P<minus>[-\u2212])?(?P<number>{_NUMBER})?(?P<letters>[A-Za-z]*)"
    rf"(?:\((?P<argument>[a-z])\))?(?P<power>{_POWER})?"
)
SCIENTIFIC = re.compile(
    r"(?<![\w.,])([0-9](?:[.,][0-9]{1,15})?)[eE]([+-]?)([0-9]{1,3})(?![\w.,]*\w)"
)


def spoken_expression(found: re.Match[str], words: NumberWords) -> str | None:
    """Return an expression in words, or None if it may be something else."""
    written = found["whole"]
    if not words.operators or not _IS_SURE.search(written):
        return None
    spoken = [
        _term(text, words) if kind == "term" else words.operators.get(_FORMS.get(text, text))
        for kind, text in _tokens(written)
    ]
    return None if None in spoken else words.gap.join(filter(None, spoken))


def spoken_scientific(found: re.Match[str], words: NumberWords) -> str | None:
    """Return a number such as "1.26e+29" in words."""
    times = words.operators.get("*")
    if times is None:
        return None
    exponent = str(int(found[3]))
    if exponent == "0":
        return found[1]
    if found[2] == "-":
        exponent = f"{words.minus}{words.gap}{exponent}"
    return f"{found[1]}{words.gap}{times}{words.gap}10{words.power.format(exponent)}"


def _tokens(written: str) -> list[tuple[str, str]]:
    """Split an expression into terms and signs; they come by turns."""
    tokens: list[tuple[str, str]] = []
    rest = written
    while rest:
        wants_term = not tokens or tokens[-1][0] == "sign"
        pattern = _SIGNED if wants_term else _SIGN
        match = re.match(pattern, rest)
        assert match is not None  # EXPRESSION is made of these two
        tokens.append(("term" if wants_term else "sign", match[0]))
        rest = rest[match.end() :].lstrip(" ")
    return tokens


def _term(written: str, words: NumberWords) -> str | None:
    parts = _PARTS.fullmatch(written)
    if parts is None:
        return None
    factors = [*filter(None, [parts["number"]]), *parts["letters"]]
    if parts["argument"]:
        if not words.of:
            return None
        factors += [words.of, parts["argument"]]
    if parts["power"]:
        factors[-1] = _power(factors[-1], parts["power"].strip("^{}"), words)
    return words.gap.join(([words.minus] if parts["minus"] else []) + factors)


def _power(base: str, exponent: str, words: NumberWords) -> str:
    if exponent == "2":
        return words.square.format(base)
    if exponent == "3":
        return words.cube.format(base)
    if exponent.startswith("-"):
        exponent = f"{words.minus}{words.gap}{exponent[1:]}"
    return f"{base}{words.power.format(exponent)}"
