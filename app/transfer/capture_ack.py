"""The receiver's word on one transfer: what it holds of it now, which is the whole truth.

The latest word replaces all before it, so a receiver that lost everything says so simply by
listing less, and a sender needs no other signal to begin again.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.fields import MotorId
from app.transfer.chunk import MOST_CHUNKS
from sensors.errors import BadMessage

MOST_RANGES = 64
"""More are left out: their chunks are sent twice, which harms nobody."""
MAX_BYTES = 2048
MAX_REASON = 300

Verdict = Literal["receiving", "complete", "busy", "damaged", "refused"]
"""``busy``: no room, come back later; ``damaged``: the whole does not have its digest, and was
thrown away; ``refused``: it will never be taken."""
Edge = Annotated[int, Meta(ge=0, le=MOST_CHUNKS)]


class CaptureAck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a receiver holds of one transfer.

    Attributes
    ----------
    motor_id
        Whose capture.
    transfer_id
        SHA-256 of the content, in hexadecimal.
    verdict
        How it stands.
    held : tuple of (first, beyond)
        Ranges of chunks that are there; chunk `beyond` itself is not.
    """

    motor_id: MotorId
    transfer_id: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    verdict: Verdict
    held: Annotated[tuple[tuple[Edge, Edge], ...], Meta(max_length=MOST_RANGES)] = ()
    version: Literal[1] = 1


_DECODER = msgspec.json.Decoder(CaptureAck)


def encode_ack(ack: CaptureAck) -> bytes:
    """Return the bytes of an acknowledgement."""
    return msgspec.json.encode(ack)


def decode_ack(payload: bytes) -> CaptureAck:
    """Return the acknowledgement that some bytes are.

    Raises
    ------
    BadMessage
        They are none.
    """
    if len(payload) > MAX_BYTES:
        raise BadMessage(f"capture acknowledgement of {len(payload)} bytes; most is {MAX_BYTES}")
    try:
        return _DECODER.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        # The reason may repeat what was sent: neither its length nor its line breaks reach a log.
        reason = ascii(str(error)[:MAX_REASON])[1:-1]
        raise BadMessage(f"capture acknowledgement cannot be read: {reason}") from error


def to_ranges(mask: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of bits that are set, the first `MOST_RANGES` of them."""
    found = []
    for edges in _runs(mask):
        found.append(edges)
        if len(found) == MOST_RANGES:
            break
    return tuple(found)


def to_mask(ranges: tuple[tuple[int, int], ...], count: int) -> int:
    """Return the chunks of ranges as bits; what lies beyond `count` is left out."""
    mask = 0
    for first, beyond in ranges:
        stop = min(beyond, count)
        if first < stop:
            mask |= ((1 << (stop - first)) - 1) << first
    return mask


def _runs(mask: int) -> Iterator[tuple[int, int]]:
    at = 0
    while mask:
        gap = (mask & -mask).bit_length() - 1
        mask >>= gap
        # The lowest clear bit ends the run.
        length = (~mask & (mask + 1)).bit_length() - 1
        yield at + gap, at + gap + length
        mask >>= length
        at += gap + length
