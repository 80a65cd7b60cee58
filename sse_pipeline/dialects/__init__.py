"""Dialects: how clients of other protocols read a stream.

`base` states the contract, and each dialect is a file. A `translation` holds what a dialect makes
of a log, for all of its readers. A dialect has a name in the setting `DIALECTS`, here, or in the
entry points `sse_pipeline.dialects` of a package: the first one that has the name counts.

From outside use `find`, and the classes of `base`.
"""

import functools
from importlib.metadata import entry_points

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from .. import conf
from .base import Breach, Dialect, Encoder

__all__ = ["Breach", "Dialect", "Encoder", "find"]

ENTRY_POINTS = "sse_pipeline.dialects"
#: The name of the frames as they are, for which no dialect is needed.
NATIVE = "native"

#: The dialects of the library, by their names.
BUILT_IN = {
    "ag-ui": "sse_pipeline.dialects.ag_ui.AgentEvents",
    "ai-sdk": "sse_pipeline.dialects.ai_sdk.UIMessageStream",
    "datastar": "sse_pipeline.dialects.datastar.Datastar",
    "htmx": "sse_pipeline.dialects.htmx.Htmx",
    "openai-chat": "sse_pipeline.dialects.chat_completions.ChatCompletions",
    "openai-responses": "sse_pipeline.dialects.openai_responses.OpenAIResponses",
}


def find(dialect: str | Dialect | None) -> Dialect | None:
    """Return the dialect of a name; None for the frames as they are. A `Dialect` is returned.

    Raises:
        ImproperlyConfigured: Nothing has the name, or what it names is not a dialect.
    """
    if dialect is None or dialect == NATIVE:
        return None
    return dialect if isinstance(dialect, Dialect) else _named(dialect)


@functools.cache
def _named(name: str) -> Dialect:
    """Return one object for each name, by which readers share a translation."""
    path = {**BUILT_IN, **conf.get().DIALECTS}.get(name)
    try:
        made = _from_package(name) if path is None else import_string(path)
        made = made() if callable(made) else made
    except ImportError as error:
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['DIALECTS'][{name!r}] = {path!r} can't be imported ({error})"
        ) from error
    if not isinstance(made, Dialect):
        raise ImproperlyConfigured(f"SSE_PIPELINE['DIALECTS'][{name!r}] is not a dialect: {made!r}")
    return made


def _from_package(name: str) -> object:
    for entry_point in entry_points(group=ENTRY_POINTS, name=name):
        return entry_point.load()
    known = ", ".join(sorted({NATIVE, *BUILT_IN, *conf.get().DIALECTS}))
    raise ImproperlyConfigured(
        f"dialect {name!r} is neither in SSE_PIPELINE['DIALECTS'] nor an entry point of the group"
        f" {ENTRY_POINTS!r}; known are {known}"
    )


@receiver(setting_changed)
def _follow_setting(*, setting: str, **_: object) -> None:
    if setting == "SSE_PIPELINE":
        _named.cache_clear()
