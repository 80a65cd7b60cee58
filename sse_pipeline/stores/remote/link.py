"""The link: the way on which the writer of a store sends requests and gets the answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from .store_request import Part, StoreRequest


class SendAgain(Exception):
    """The answer to a request that has to be sent again, unchanged.

    `failure` is why the store can't be used now; None if the request may be sent at once.
    """

    def __init__(self, failure: Exception | None) -> None:
        super().__init__(failure)
        self.failure = failure


class Link(ABC):
    """Sends requests in the thread of the writer, over a connection that it keeps."""

    @abstractmethod
    def exchange(self, requests: Sequence[StoreRequest[Any]]) -> list[Sequence[Part] | Exception]:
        """Send requests together; return the answer to each, in order.

        An answer is a sequence, or an exception: `SendAgain`, or the error of a request that was
        refused, for its callers. What is raised is a fault that concerns no single request.
        """

    @abstractmethod
    def drop(self) -> None:
        """Close the connection; the next exchange opens another."""
