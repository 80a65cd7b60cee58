"""A batch as the log in Redis holds it, and as a channel brings it.

An entry of the log has the place of the batch as its id, and the fields `frames` and `flags`. A
message on the channel of the batches is `<place> <flags>`, a line end, and the frames. The place is
`<number of the last frame>-<version>`. The flags of a message are those that hold, so that one that
got lost took no flag with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...exceptions import StreamUnreadable
from ..remote.batch import Batch, split_frames
from ..remote.codec import as_mapping, parse_flags


def batch_of_entry(entry_id: bytes, fields: Sequence[bytes] | dict[bytes, bytes]) -> Batch:
    """Decode an entry of the log.

    Raises:
        StreamUnreadable: It has no frames in a form that this version knows.
    """
    entry = as_mapping(fields)
    if b"frames" not in entry:
        raise StreamUnreadable("an entry of the log has no frames that this version knows")
    return _batch(entry_id, entry[b"frames"], entry.get(b"flags", b""))


def batch_of_message(message: bytes) -> Batch:
    """Decode a message of a channel.

    Raises:
        ValueError: It has a form that this version does not know.
    """
    head, _, frames = message.partition(b"\n")
    place, _, letters = head.partition(b" ")
    return _batch(place, frames, letters)


def _batch(place: bytes, frames: bytes, letters: bytes) -> Batch:
    last, _, version = place.partition(b"-")
    return Batch(int(last), int(version), split_frames(frames), *parse_flags(letters))
