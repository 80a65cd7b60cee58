"""Zstandard: of Python itself, or of the package that brings it to older ones.

It is imported with the first use: a site without an archive need not have it.
"""

from __future__ import annotations

import functools
import sys
from importlib import import_module
from typing import Any


@functools.cache
def zstandard() -> Any:
    """Return the module.

    Raises:
        ImportError: It is not installed.
    """
    # By its name: an older package of `backports` may hide it from a checker of types.
    return import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


def compress(data: bytes) -> bytes:
    """Return the data, compressed."""
    compressed: bytes = zstandard().compress(data)
    return compressed


def decompress(data: bytes) -> bytes:
    """Return what was compressed.

    Raises:
        ValueError: It was not.
    """
    try:
        decompressed: bytes = zstandard().decompress(data)
    except zstandard().ZstdError as error:
        raise ValueError(str(error)) from error
    return decompressed
