"""Drafts: a stream before it is stored, as its producer declares it."""

import uuid
from collections.abc import Iterable

from .. import conf, signals
from ..conf import Unset
from ..exceptions import InvalidComponent, LimitReached
from ..lifecycle.registry import Component, Registry
from ..lifecycle.snapshot import Limits, Snapshot
from ..validation import filled_string, is_duration, optional, short_string, shown
from .component import make_component

#: The longest owner, in characters. The journal keeps as many.
LONGEST_OWNER = 255


def make_draft(
    owner: str | None, components: Iterable[str | Component], deadline: float | Unset | None
) -> Snapshot:
    """Make the draft of a new stream, with the limits of the settings.

    Raises:
        InvalidComponent: `components` is not a list of names and components, or names one twice.
        LimitReached: There are more than `COMPONENTS`.
        ValueError: `owner` is not a string of at most `LONGEST_OWNER` characters, or `deadline` is
            not a positive number of seconds.
    """
    settings, stream_id = conf.get(), str(uuid.uuid4())
    if complaint := optional(short_string(LONGEST_OWNER, filled_string))(owner):
        raise ValueError(f"owner: {complaint}")
    return Snapshot(
        stream_id,
        registry=_registry(stream_id, components, settings.COMPONENTS),
        owner=owner,
        limits=Limits(
            deadline=_deadline(deadline, settings),
            drain_silence=settings.DRAIN_SILENCE,
            drain_limit=settings.DRAIN_LIMIT,
            components=settings.COMPONENTS,
            errors=settings.ERRORS,
            finalizing=settings.FINALIZE_LIMIT,
            claim=settings.CLAIM_TIMEOUT,
        ),
        success_message=settings.SUCCESS_MESSAGE,
    )


def _registry(stream_id: str, components: Iterable[str | Component], most: int) -> Registry:
    if isinstance(components, str):
        raise InvalidComponent(f"components: {shown(components)} is one name; give a list of names")
    declared = dict[str, Component]()
    for each in components:
        component = each if isinstance(each, Component) else make_component(each)
        if component.name in declared:
            raise InvalidComponent(f"components: {component.name!r} is named twice")
        if len(declared) == most:
            complaint = f"stream {stream_id} can't have more components"
            signals.notify_limit("COMPONENTS", stream_id=stream_id)
            raise LimitReached("COMPONENTS", most, complaint)
        declared[component.name] = component
    return Registry(declared)


def _deadline(given: float | Unset | None, settings: conf.Settings) -> float | None:
    if isinstance(given, Unset):
        return settings.DEADLINE
    if given is not None and not is_duration(given):
        raise ValueError(f"deadline: {shown(given)} is not a positive number of seconds up to 1e9")
    return given
