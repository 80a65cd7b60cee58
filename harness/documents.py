"""Documents of which a part is written by a program."""

from pathlib import Path


def marks(name: str) -> tuple[str, str]:
    """Return the lines between which a generated part stands."""
    return f"<!-- begin of the {name} -->", f"<!-- end of the {name} -->"


def write_part(document: Path, name: str, text: str) -> None:
    """Put a text between the two marks of a part; the rest of the document stays.

    Raises:
        ValueError: The document has no such marks.
    """
    begin, end = marks(name)
    before, found, rest = document.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{document.name} has no marks of the {name}")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}")
