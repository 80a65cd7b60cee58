"""What a sender may do to a stream, and by which right it may."""

from enum import StrEnum


class StreamAction(StrEnum):
    """What a sender asks for. A later version may have more."""

    READ = "read"
    CANCEL = "cancel"
    STOP = "stop"


class Grant(StrEnum):
    """The right by which a sender may do it."""

    #: The stream has no owner: whoever holds its id may.
    ID = "id"
    OWNER = "owner"
    AUTHORIZE = "authorize"
