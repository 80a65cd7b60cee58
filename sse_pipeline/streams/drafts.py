"""Drafts: a stream before it is stored, as its producer declares it."""

import uuid
from collections.abc import Iterable

from .. import conf
from ..conf import Unset
from ..exceptions import InvalidComponent
from ..lifecycle.registry import Component, Registry
from ..lifecycle.snapshot import Limits, Snapshot
from ..validation import filled_string, is_duration, optional
from .component import make_component


def make_draft(
    owner: str | None, components: Iterable[str | Component], deadline: float | Unset | None
) -> Snapshot:
    """Make the draft of a new stream, with the limits of the settings.

    Raises:
        InvalidComponent: `components` is not a list of names and components, or names one twice.
        ValueError: `owner` is not a string, or `deadline` is not a positive number of seconds.
    """
    settings = conf.get()
    if complaint := optional(filled_string)(owner):
        raise ValueError(f"owner: {complaint}")
    return Snapshot(
        str(uuid.uuid4()),
        registry=_registry(components),
        owner=owner,
        limits=Limits(
            deadline=_deadline(deadline, settings),
            drain_silence=settings.DRAIN_SILENCE,
            drain_limit=settings.DRAIN_LIMIT,
        ),
    )


def _registry(components: Iterable[str | Component]) -> Registry:
    if isinstance(components, str):
        raise InvalidComponent(f"components: {components!r} is one name; give a list of names")
    registry = Registry()
    for each in components:
        component = each if isinstance(each, Component) else make_component(each)
        if registry.get(component.name):
            raise InvalidComponent(f"components: {component.name!r} is named twice")
        registry = registry.put(component)
    return registry


def _deadline(given: float | Unset | None, settings: conf.Settings) -> float | None:
    if isinstance(given, Unset):
        return settings.DEADLINE
    if given is not None and not is_duration(given):
        raise ValueError(f"deadline: {given!r} is not a positive number of seconds up to 1e9")
    return given
