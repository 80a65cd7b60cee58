"""A stream in the store that this process shares with the site."""

from django.core.management.base import CommandError

from .. import stores
from ..escaping import escape_controls
from ..exceptions import StoreUnavailable, StreamNotFound
from ..handler import SSEHandler


def attach(stream_id: str) -> SSEHandler:
    """Return a stream of the store that this process shares with the site.

    Raises:
        CommandError: The store is not shared, it can't be reached, or it has no such stream.
    """
    if not stores.current().shared:
        raise CommandError(
            "SSE_PIPELINE['STORE'] keeps streams in the memory of the process that serves them,"
            " and this is another one: name the site with --url, or give this command its settings"
        )
    try:
        return SSEHandler.attach(stream_id)
    except (StreamNotFound, StoreUnavailable) as error:
        raise CommandError(escape_controls(str(error))) from None
