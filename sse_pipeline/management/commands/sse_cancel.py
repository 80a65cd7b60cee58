"""`manage.py sse_cancel`: cancels a stream."""

from ...access.actions import StreamAction
from ...commandline.action_command import ActionCommand
from ...inspection import interventions


class Command(ActionCommand):
    """Cancels a stream."""

    help = "Cancel a stream: over HTTP with --url, or in the shared store without it."
    action = StreamAction.CANCEL
    done, over = "was cancelled", "had ended already"
    act = staticmethod(interventions.cancel)
