"""The locale of a language tag."""

import re

from babel import Locale, UnknownLocaleError

#: Language tags of eSpeak NG that CLDR knows by another name.
_ALIASES = {"cmn": "zh"}
_SUBTAG = re.compile(r"[-_]")


def find_locale(tag: str) -> Locale | None:
    """Return the locale of a language tag, or None if CLDR does not know the language."""
    name, *subtags = _SUBTAG.split(tag)
    name = _ALIASES.get(name.casefold(), name.casefold())
    region = [subtag.upper() for subtag in subtags[:1] if len(subtag) == 2]
    for parts in ([name, *region], [name]):
        try:
            return Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError):
            continue
    return None
