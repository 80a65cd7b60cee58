"""`manage.py sse_stop`: stops a stream."""

from ...access.actions import StreamAction
from ...commandline.action_command import ActionCommand
from ...inspection import interventions


class Command(ActionCommand):
    """Stops a stream."""

    help = "Stop a stream: over HTTP with --url, or in the shared store. It ends complete."
    action = StreamAction.STOP
    done, over = "was stopped", "was told to stop before, or had ended already"
    act = staticmethod(interventions.stop)
