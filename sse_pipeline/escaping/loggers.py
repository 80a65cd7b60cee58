"""The loggers of the library: what others wrote can't pose as a record, nor steer a terminal."""

import logging
import traceback
from collections.abc import Mapping
from typing import Any

from .controls import escape_controls


def make_logger(name: str) -> logging.Logger:
    """Return the logger of this name. Each of its records is escaped before a handler has it.

    The message is one line. The lines of a traceback are indented, so that none of them looks like
    the first line of a record.
    """
    logger = logging.getLogger(name)
    logger.addFilter(_escape_record)
    return logger


class _Escaped:
    """A value of a message whose texts are escaped when a handler makes the message."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __str__(self) -> str:
        return escape_controls(str(self._value))

    def __repr__(self) -> str:
        return escape_controls(repr(self._value))


def _escape_record(record: logging.LogRecord) -> bool:
    fields = vars(record)
    # The fields of `extra` are attributes, too.
    fields.update({name: _escape(value) for name, value in fields.items() if _is_text(value)})
    if isinstance(record.args, Mapping):
        record.args = {name: _escape(value) for name, value in record.args.items()}
    elif record.args:
        record.args = tuple(map(_escape, record.args))
    if record.exc_info:
        record.exc_text = _traceback_of(record)
    return True


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _escape(value: Any) -> Any:
    if isinstance(value, str):
        return escape_controls(value)
    return value if isinstance(value, int | float | None) else _Escaped(value)


def _traceback_of(record: logging.LogRecord) -> str:
    """Return the traceback of a record. A formatter takes it in place of its own."""
    text = "".join(traceback.format_exception(*record.exc_info))  # type: ignore[misc]
    return "\n".join(f"  {escape_controls(line)}" for line in text.rstrip("\n").split("\n"))
