"""Roman numbers after the words and names that they go with. Others are left as they stand."""

import re

_ROMAN = "(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}
#: Words with a number after them.
COUNTED = re.compile(
    r"(?<!\w)(?P<before>(?:World War|Super Bowl|Part|Chapter|Volume|Act|Scene|Phase|Type|Title"
    r"|Article|Section|Book|Appendix|Stage|Level|Class|Figure|Table) )"
    rf"(?P<roman>{_ROMAN})(?![\w.'\u2019-]*\w)"
)
#: Names of kings, queens and popes: the number is an ordinal.
REIGNS = re.compile(
    r"(?<!\w)(?P<before>(?:Louis|Henry|Charles|George|Edward|Richard|William|James|Elizabeth|Mary"
    r"|Napoleon|Philip|Peter|Catherine|Nicholas|Alexander|Frederick|Leo|Pius|Benedict|John Paul"
    rf"|Paul|Ramesses|Ptolemy) )(?P<roman>{_ROMAN})(?![\w-])"
)


def value_of_roman(roman: str) -> int:
    """Return the value of a Roman number."""
    values = [_VALUES[each] for each in roman]
    following = [*values[1:], 0]
    return sum(
        -here if here < after else here for here, after in zip(values, following, strict=True)
    )


def spoken_counted(found: re.Match[str]) -> str:
    """Return "World War II" with the number in digits."""
    return f"{found['before']}{value_of_roman(found['roman'])}"


def spoken_reign(found: re.Match[str]) -> str | None:
    """Return "Henry VIII" as people say it; one letter may be an initial."""
    value = value_of_roman(found["roman"])
    if found["roman"] in {"X", "L"}:
        return None
    ending = {1: "st", 2: "nd", 3: "rd"}.get(value % 10 if value not in (11, 12, 13) else 0, "th")
    return f"{found['before']}the {value}{ending}"
