"""Sentences in the place of tracebacks, for what is no fault of the program."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError

from ..exceptions import StoreUnavailable


@contextmanager
def database() -> Iterator[None]:
    """Raise `CommandError` where the tables are missing, or the database is."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        raise CommandError(f"the database says: {error}; was manage.py migrate run?") from error


@contextmanager
def output() -> Iterator[None]:
    """End quietly by Ctrl-C, or when a reader such as `head` has had enough.

    Raises `CommandError` where the store goes away.
    """
    try:
        yield
    except StoreUnavailable as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        return
    except BrokenPipeError:  # what is still buffered has to go somewhere when Python exits
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
