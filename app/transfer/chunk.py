"""One chunk of a capture on the wire: a header of fixed length, then the chunk's bytes.

::

    magic 4 | transfer_id 32 | index u32 | count u32 | size u64 | digest 16 | data

Big-endian. `transfer_id` is the SHA-256 of the whole content, so the same capture is the same
transfer after any restart; `digest` is BLAKE2b over everything before it and the data. Chunk i of
n holds the bytes from ``i * size // n`` up to ``(i + 1) * size // n``, so index, count and size
alone say where it lies and how long it must be: all bounds are checked before a byte is kept.
"""

import hashlib
import struct
from dataclasses import dataclass

from app.capture_message import MAX_BYTES
from sensors.errors import BadMessage

MAGIC = b"MWC1"
CHUNK_BYTES = 64 * 1024
"""Half a second of a 1 Mbit/s line: the longest that a live report waits behind a chunk."""
MOST_CHUNK_BYTES = 128 * 1024
MOST_CHUNKS = 1024
_FACTS = struct.Struct(">4s32sIIQ")
_DIGEST_BYTES = 16
_HEADER_BYTES = _FACTS.size + _DIGEST_BYTES


@dataclass(frozen=True, slots=True)
class Chunk:
    """One part of a transfer.

    Attributes
    ----------
    transfer_id : bytes, length 32
        SHA-256 of the whole content.
    index, count : int
        Which chunk, of how many.
    size : int
        Bytes of the whole content.
    data : bytes
        Of this chunk.
    """

    transfer_id: bytes
    index: int
    count: int
    size: int
    data: bytes


def transfer_id(content: bytes) -> bytes:
    """Return the identity of a content: its SHA-256."""
    return hashlib.sha256(content).digest()


def count_chunks(size: int, chunk_bytes: int = CHUNK_BYTES) -> int:
    """Return into how many chunks of at most `chunk_bytes` a content goes."""
    return max(1, -(-size // chunk_bytes))


def span(index: int, count: int, size: int) -> tuple[int, int]:
    """Return where chunk `index` begins and ends in the content."""
    return index * size // count, (index + 1) * size // count


def encode_chunk(chunk: Chunk) -> bytes:
    """Return the bytes of a chunk."""
    facts = _FACTS.pack(MAGIC, chunk.transfer_id, chunk.index, chunk.count, chunk.size)
    return b"".join((facts, _digest(facts, chunk.data), chunk.data))


def decode_chunk(payload: bytes) -> Chunk:
    """Return the chunk that some bytes are.

    Raises
    ------
    BadMessage
        Too long or short, damaged, or a header that contradicts itself.
    """
    length = len(payload)
    if not _HEADER_BYTES < length <= _HEADER_BYTES + MOST_CHUNK_BYTES:
        raise BadMessage(f"capture chunk of {length} bytes; it is cut, or of something else")
    magic, whose, index, count, size = _FACTS.unpack_from(payload)
    if magic != MAGIC:
        raise BadMessage("not a capture chunk of this version; check the sender's version")
    if not (0 < count <= MOST_CHUNKS and index < count <= size <= MAX_BYTES):
        raise BadMessage(f"capture chunk {index} of {count}, {size} bytes in all: impossible")
    start, stop = span(index, count, size)
    if length - _HEADER_BYTES != stop - start:
        raise BadMessage(
            f"capture chunk {index} of {count} must hold {stop - start} bytes, "
            f"not {length - _HEADER_BYTES}"
        )
    data = payload[_HEADER_BYTES:]
    if _digest(payload[: _FACTS.size], data) != payload[_FACTS.size : _HEADER_BYTES]:
        raise BadMessage(f"capture chunk {index} of {count} was damaged on its way")
    return Chunk(whose, index, count, size, data)


def _digest(facts: bytes, data: bytes) -> bytes:
    digest = hashlib.blake2b(facts, digest_size=_DIGEST_BYTES)
    digest.update(data)
    return digest.digest()
