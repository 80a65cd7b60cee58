"""Drops the oldest batches of a stream, and keeps what is content."""

from __future__ import annotations

import sqlite3

import orjson

_OLDEST = """SELECT number, last, content, data FROM batch
    WHERE stream = ? AND number < ? AND total <= ? ORDER BY number"""
_DROP = "DELETE FROM batch WHERE stream = ? AND number < ? AND total <= ?"
_SPILLED = "SELECT spilled, cut FROM stream WHERE id = ?"
_SPILL = "INSERT INTO spill (stream, number, last, content, data) VALUES (?, ?, ?, ?, ?)"
_NOTE = "UPDATE stream SET spilled = ?, cut = ? WHERE id = ?"


def trim(connection: sqlite3.Connection, stream: str, before: tuple[int, int], room: int) -> None:
    """Drop the batches below a number that end before a byte of the log.

    At most `room` bytes of the content are kept of all that was ever dropped of the stream.
    """
    arguments = (stream, *before)
    spilled, cut = connection.execute(_SPILLED, (stream,)).fetchone()
    for number, last, content, data in connection.execute(_OLDEST, arguments).fetchall():
        kept, ranges = bytearray(), []
        for component, start, length in orjson.loads(content):
            cut = cut or spilled + length > room
            if not cut:
                ranges.append((component, len(kept), length))
                kept += data[start : start + length]
                spilled += length
        if ranges:
            row = (stream, number, last, orjson.dumps(ranges).decode(), bytes(kept))
            connection.execute(_SPILL, row)
    connection.execute(_DROP, arguments)
    connection.execute(_NOTE, (spilled, cut, stream))
