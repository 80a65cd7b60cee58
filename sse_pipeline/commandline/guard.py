"""Sentences in the place of tracebacks, for errors that are not faults of the program."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError

from ..escaping import escape_controls
from ..exceptions import StoreUnavailable


@contextmanager
def database() -> Iterator[None]:
    """Turn errors of the database into one of the command.

    Raises:
        CommandError: A table is missing, or the database can't be reached.
    """
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        fault = escape_controls(str(error).strip())
        raise CommandError(f"the database says: {fault}; was manage.py migrate run?") from error


@contextmanager
def output() -> Iterator[None]:
    """End quietly at Ctrl-C, or when the reader of a pipe (such as `head`) has closed it.

    Raises:
        CommandError: The store can't be reached any more.
    """
    try:
        yield
    except StoreUnavailable as error:
        raise CommandError(escape_controls(str(error))) from error
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        # Python flushes the rest at exit, and would fail again: send it to nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
