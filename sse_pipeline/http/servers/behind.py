"""What lies behind a callable: middleware wraps `send`, and the server's own is further in."""

from collections import deque
from collections.abc import Iterator
from functools import partial
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

#: The most objects that are looked at. Eight wrappers around a `send` take about thirty.
MOST = 200


def behind(first: Any) -> Iterator[Any]:
    """Yield a callable, then what it calls, and the objects that these belong to, nearest first.

    Closures, bound methods, partials, `__wrapped__`, and objects that hold a callable are followed.
    A callable that the first one reaches in another way, such as through a queue, is not found.
    """
    queue, seen = deque([first]), {id(first)}
    while queue:
        each = queue.popleft()
        yield each
        for inner in _inside(each):
            if id(inner) not in seen and len(seen) < MOST:
                seen.add(id(inner))
                queue.append(inner)


def made_by(package: str, thing: Any) -> bool:
    """Return whether the class of an object comes from a package, or inherits from one of its."""
    return any(each.__module__.partition(".")[0] == package for each in type(thing).__mro__)


def _inside(thing: Any) -> Iterator[Any]:
    if isinstance(thing, partial):
        yield thing.func
        yield from filter(callable, (*thing.args, *thing.keywords.values()))
    elif isinstance(thing, MethodType | BuiltinMethodType):
        yield thing.__self__
    elif isinstance(thing, FunctionType):
        yield from filter(callable, _cells(thing))
        yield from filter(callable, (thing.__dict__.get("__wrapped__"),))
    elif not isinstance(thing, type):
        yield from filter(callable, _attributes(thing))


def _cells(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # it is empty: the variable is not bound yet
            continue


def _attributes(thing: Any) -> Iterator[Any]:
    yield from getattr(thing, "__dict__", {}).values()
    for each in type(thing).__mro__:
        slots = each.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            # Only what is stored: a property may do anything.
            value = getattr(thing, name, None) if name != "__dict__" else None
            yield value
