"""What a product's own tests need: a client, a fresh store, and the contract of a store."""

from ..decoder import Decoder, Event
from .communicator import SSECommunicator
from .contract import STORE_CHECKS, check_store

__all__ = ["STORE_CHECKS", "Decoder", "Event", "SSECommunicator", "check_store"]
