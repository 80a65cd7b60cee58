"""The filters and tags of the templates of a report."""

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..escaping import escape_controls
from ..inspection.parts import Work
from ..inspection.times import format_duration
from ..models import label

register = template.Library()
register.filter("duration", format_duration)
register.filter("label", label)
register.filter("visible", escape_controls)


@register.filter
def isolated(text: str) -> SafeString:
    """Return foreign text as HTML that can't change the direction of the text around it."""
    return format_html("<bdi>{}</bdi>", escape_controls(text))


@register.filter
def worked(work: Work, age: float) -> str:
    """Return how long a component has worked, in a stream of that age."""
    return format_duration((age if work.end is None else work.end) - work.begin)


@register.simple_tag(takes_context=True)
def nonce_attribute(context: Context) -> str:
    """Return the attribute by which the Content-Security-Policy of the site admits an element.

    `csp_nonce` comes from the context processor of Django 6. Without it there is no attribute.
    """
    nonce = context.get("csp_nonce")
    return "" if nonce is None else format_html('nonce="{}"', nonce)
