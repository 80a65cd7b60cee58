"""The filters of a report's template."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..inspection import durations
from ..inspection.content import visible
from ..inspection.parts import Work

register = template.Library()
register.filter("duration", durations.duration)


@register.filter
def isolated(text: str) -> SafeString:
    """Return a text of others as HTML: it can't turn the direction of what is around it."""
    return format_html("<bdi>{}</bdi>", visible(text))


@register.filter
def worked(work: Work, age: float) -> str:
    """Write how long a component has been at work, in a stream of that age."""
    return durations.duration((age if work.end is None else work.end) - work.begin)
