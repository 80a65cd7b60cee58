"""Every name of the package that the documents import or mention is there."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from harness.servers import ROOT
from sse_pipeline import models
from sse_pipeline.tts.engines import engine_catalogue

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
IMPORT = re.compile(r"^[ >]*((?:from|import) sse_pipeline.*)$", re.MULTILINE)
#: Dotted names outside of Python: permissions, and a group of entry points.
LABELS = {
    engine_catalogue.GROUP,
    "sse_pipeline.view_stream",
    *(f"sse_pipeline.{name}" for name, _ in models.Stream._meta.permissions),
}
DOTTED = re.compile(r"\bsse_pipeline(?:\.[A-Za-z]\w*)+")


#: Names that a released document has imported or mentioned. They stay, whatever documents say now.
PROMISED = (
    "sse_pipeline.SSEHandler", "sse_pipeline.answers.Answer", "sse_pipeline.answers.Speech",
    "sse_pipeline.metrics.exposition", "sse_pipeline.records", "sse_pipeline.routing.application",
    "sse_pipeline.stores.Store", "sse_pipeline.testing.SSECommunicator",
    "sse_pipeline.testing.check_store", "sse_pipeline.testing.fixtures",
    "sse_pipeline.testing.speech.ScriptedEngine", "sse_pipeline.tts.TTSStreamer",
    "sse_pipeline.tts.TTSBuffer", "sse_pipeline.tts.engines.Audio",
    "sse_pipeline.tts.engines.Engine", "sse_pipeline.tts.engines.TimedWord",
    "sse_pipeline.tts.engines.Words",
)  # fmt: skip


def imports_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of each import in the Python blocks of a document."""
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        for line in IMPORT.findall(block):
            for node in ast.walk(ast.parse(line)):
                if isinstance(node, ast.ImportFrom):
                    yield from ((str(node.module), alias.name) for alias in node.names)
                elif isinstance(node, ast.Import):
                    yield from ((alias.name, "") for alias in node.names)


def resolve(path: str) -> object:
    """Return what a dotted path names: a module, or an attribute in one."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:count]))
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("sse_pipeline"):
                raise
            continue
        for part in parts[count:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(path)


NAMES = sorted(
    {(path.name, f"{module}.{name}".rstrip(".")) for path in DOCUMENTS
     for module, name in imports_of(path.read_text())}
)  # fmt: skip


@pytest.mark.parametrize(("document", "name"), NAMES)
def test_an_import_of_a_document_works(document: str, name: str) -> None:
    assert resolve(name) is not None


@pytest.mark.parametrize("name", PROMISED)
def test_a_promised_name_stays(name: str) -> None:
    assert resolve(name) is not None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_dotted_name_of_a_document_is_there(path: Path) -> None:
    for name in sorted(set(DOTTED.findall(path.read_text())) - LABELS):
        resolve(name)


def test_imports_are_found() -> None:
    assert len(NAMES) >= 8
    assert list(imports_of("```python\nfrom sse_pipeline.tts import A, B\nimport os\n```")) == [
        ("sse_pipeline.tts", "A"),
        ("sse_pipeline.tts", "B"),
    ]
    with pytest.raises(AttributeError):
        resolve("sse_pipeline.tts.NoSuchName")


def test_the_first_names_are_at_the_root() -> None:
    from sse_pipeline import SSEHandler, StreamEnded, StreamNotFound, exceptions, handler

    assert SSEHandler is handler.SSEHandler
    assert StreamNotFound is exceptions.StreamNotFound
    assert StreamEnded is exceptions.StreamEnded
