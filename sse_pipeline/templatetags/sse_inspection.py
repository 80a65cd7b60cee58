"""The filters of a report's template."""

from django import template

from ..inspection import durations
from ..inspection.parts import Work

register = template.Library()
register.filter("duration", durations.duration)


@register.filter
def worked(work: Work, age: float) -> str:
    """Write how long a component has been at work, in a stream of that age."""
    return durations.duration((age if work.end is None else work.end) - work.begin)
