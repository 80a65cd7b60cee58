"""The dialects of a site whose pages have no JavaScript of their own."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import ClassVar

from sse_pipeline.dialects.datastar import Datastar, Patch, PatchWords
from sse_pipeline.dialects.htmx import Htmx


class Named(Htmx):
    """For htmx 2: each event has an element of its own."""

    templates: ClassVar[Mapping[str, str]] = {
        "stream": "begin.html",
        "text": "named/piece.html",
        "complete": "named/outcome.html",
        "errored": "named/outcome.html",
    }
    named: ClassVar[AbstractSet[str]] = frozenset({"text", "complete", "errored"})


class Unnamed(Htmx):
    """For htmx 2 and 4: each piece says where it belongs."""

    templates: ClassVar[Mapping[str, str]] = {
        "stream": "begin.html",
        "text": "piece.html",
        "complete": "outcome.html",
        "errored": "outcome.html",
    }


class Patched(Datastar):
    """For Datastar."""

    templates: ClassVar[Mapping[str, str]] = {
        "stream": "patched/begin.html",
        "text": "named/piece.html",
        "complete": "patched/outcome.html",
        "errored": "patched/outcome.html",
    }
    patches: ClassVar[Mapping[str, Patch]] = {"text": Patch("#text", "append")}


class PatchedBeta(Patched):
    """For Datastar before its release candidates, whose protocol had other words."""

    words: ClassVar[PatchWords] = PatchWords(
        "datastar-merge-fragments", "fragments", "mergeMode", "datastar-merge-signals"
    )
