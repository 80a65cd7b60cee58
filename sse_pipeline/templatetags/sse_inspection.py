"""The filters of the template of a report."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..escaping import escape_controls
from ..inspection.durations import format_duration
from ..inspection.parts import Work

register = template.Library()
register.filter("duration", format_duration)
register.filter("visible", escape_controls)


@register.filter
def isolated(text: str) -> SafeString:
    """Return foreign text as HTML that can't change the direction of the text around it."""
    return format_html("<bdi>{}</bdi>", escape_controls(text))


@register.filter
def worked(work: Work, age: float) -> str:
    """Return how long a component has worked, in a stream of that age."""
    return format_duration((age if work.end is None else work.end) - work.begin)
