"""What a product's own tests need: a client, a fresh store, and the contract of a store."""

from .communicator import SSECommunicator
from .contract import STORE_CHECKS, check_store
from .events import Decoder, Event

__all__ = ["STORE_CHECKS", "Decoder", "Event", "SSECommunicator", "check_store"]
