"""For the tests of a site: a client of streams, a fresh store, and the contract of a store.

All names of this folder may be used from outside.
"""

from ..decoder import Decoder, Event
from .communicator import SSECommunicator
from .contract import STORE_CHECKS, check_store

__all__ = ["STORE_CHECKS", "Decoder", "Event", "SSECommunicator", "check_store"]
