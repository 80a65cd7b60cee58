"""The callable that the setting `AUTHORIZE` names: what it takes, and what its answer means."""

import inspect
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from .. import conf
from ..escaping import make_logger
from ..lifecycle.snapshot import Snapshot
from .actions import StreamAction

logger = make_logger(__name__)


class Authorizer:
    """Asks the callable of a site: `(scope, stream, action)`, or `(scope, stream)`.

    The older form, of two arguments, knows no actions. It is asked about reading alone.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.takes_action = _takes_action(function)

    @property
    def is_asynchronous(self) -> bool:
        """Whether a call never blocks."""
        function: Any = self._function
        return iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__)

    def ask(self, scope: dict[str, Any], stream: Snapshot, action: StreamAction) -> Any:
        """Return the answer, which may be an awaitable of it: `admits` says what it means."""
        if self.takes_action:
            return self._function(scope, stream, str(action))
        return self._function(scope, stream) if action == StreamAction.READ else False


def current() -> Authorizer | None:
    """Return the authorizer of the site; None if the setting is not used.

    Raises:
        ImproperlyConfigured: The path can't be imported, names nothing that can be called, or names
            something that takes other arguments.
    """
    path = conf.get().AUTHORIZE
    if path is None:
        return None
    try:
        function = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"SSE_PIPELINE['AUTHORIZE'] = {path!r}: {error}") from error
    if not callable(function):
        raise ImproperlyConfigured(f"SSE_PIPELINE['AUTHORIZE'] = {path!r} can't be called")
    if not (_takes(function, 3) or _takes(function, 2)):
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['AUTHORIZE'] = {path!r} must take (scope, stream, action)"
        )
    return Authorizer(function)


def admits(answer: object) -> bool:
    """Return whether an answer admits: only True does. The log names any other that is no refusal.

    A text such as "no", a number, or a coroutine that nobody has awaited admits nobody.
    """
    if answer is True:
        return True
    if answer is not False and answer is not None:
        if inspect.iscoroutine(answer):
            answer.close()
        logger.error(
            "SSE_PIPELINE['AUTHORIZE'] gave a value of the type %s, which admits nobody: only True"
            " does",
            type(answer).__name__,
        )
    return False


def _takes_action(function: Callable[..., Any]) -> bool:
    """Return whether the third argument is the action, and not an option of the older form."""
    if not _takes(function, 2):
        return True
    return _takes(function, 3) and any(
        each.name == "action" or each.kind is inspect.Parameter.VAR_POSITIONAL
        for each in inspect.signature(function).parameters.values()
    )


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # a builtin has no signature
        return count == 3
    return True
