"""An executor whose threads end with the process, whatever they wait for."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

_Work = tuple["Future[Any]", Callable[[], Any]]


class DaemonExecutor(Executor):
    """A few threads, which a process does not wait for when it ends.

    It waits for those of a `ThreadPoolExecutor`: a call that never returns would keep it alive.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._threads = threads
        self._name = name
        self._works: SimpleQueue[_Work] = SimpleQueue()
        self._started = 0
        self._lock = Lock()  # guards _started

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Call something in a thread, as soon as one is free."""
        future: Future[Any] = Future()
        self._works.put((future, lambda: call(*args, **kwargs)))
        with self._lock:
            starts = self._started < self._threads
            self._started += starts
        if starts:
            Thread(target=self._run, name=self._name, daemon=True).start()
        return future

    def _run(self) -> None:
        while True:
            future, call = self._works.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # noqa: BLE001 - whoever waits gets it
                    future.set_exception(error)
            del future, call  # nothing of a question is kept until the next one comes
