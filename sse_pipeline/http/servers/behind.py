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
    elif not isinstance(thing, type):
        inner = _cells(thing) if isinstance(thing, FunctionType) else _attributes(thing)
        yield from filter(callable, (_stored(thing, "__wrapped__"), *inner))


def _cells(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # it is empty: the variable is not bound yet
            continue


def _attributes(thing: Any) -> Iterator[Any]:
    # At once: another thread may set an attribute of it meanwhile.
    yield from tuple((_stored(thing, "__dict__") or {}).values())
    for each in type(thing).__mro__:
        slots = each.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            yield _stored(thing, name)


def _stored(thing: Any, name: str) -> Any:
    """Return an attribute without `__getattr__`, by which an object may do anything."""
    try:
        return object.__getattribute__(thing, name)
    except AttributeError:
        return None
