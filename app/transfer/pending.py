"""One capture on its way: which chunks the receiver holds, and which are under way.

Pure functions on a frozen value; `app.transfer.outbox` keeps many of them. Times are of a clock
that never jumps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from app.capture_message import Reason
from app.transfer.capture_ack import CaptureAck, to_mask
from app.transfer.chunk import Chunk, count_chunks, span, transfer_id


@dataclass(frozen=True, slots=True)
class Pending:
    """A capture that its receiver has not yet wholly taken.

    Attributes
    ----------
    site, motor_id, reason
        Whose capture, and why it goes up.
    transfer_id, content, count
        What is sent, in how many chunks.
    held : int
        Bit i is set where the receiver said that it holds chunk i.
    under_way : mapping of int to int
        When each chunk that is not yet answered was sent, ns.
    not_before_ns : int
        The receiver is busy until then.
    damaged : int
        How often the whole arrived wrong.
    """

    site: str
    motor_id: str
    reason: Reason
    transfer_id: bytes
    content: bytes = field(repr=False)
    count: int
    held: int = 0
    under_way: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    not_before_ns: int = 0
    damaged: int = 0


def begin(site: str, motor_id: str, content: bytes, reason: Reason, *, chunk_bytes: int) -> Pending:
    """Return a capture of which nothing has been sent."""
    count = count_chunks(len(content), chunk_bytes)
    return Pending(site, motor_id, reason, transfer_id(content), content, count)


def expire(pending: Pending, before_ns: int) -> Pending:
    """Give up waiting for chunks that were sent before a time; they will be sent again."""
    waiting = {index: sent for index, sent in pending.under_way.items() if sent > before_ns}
    return replace(pending, under_way=waiting)


def sendable(pending: Pending) -> Iterator[int]:
    """Yield the chunks to send next, those in front first.

    Where all are held and the receiver has not said that it is done, the first one asks it again.
    """
    missing = ~pending.held & ((1 << pending.count) - 1)
    if not missing and not pending.under_way:
        yield 0
    while missing:
        index = (missing & -missing).bit_length() - 1
        missing &= missing - 1
        if index not in pending.under_way:
            yield index


def send(pending: Pending, indices: tuple[int, ...], now_ns: int) -> Pending:
    """Note that chunks are under way."""
    under_way = {**pending.under_way, **dict.fromkeys(indices, now_ns)}
    return replace(pending, under_way=under_way)


def chunk(pending: Pending, index: int) -> Chunk:
    """Return one chunk of the content."""
    start, stop = span(index, pending.count, len(pending.content))
    data = pending.content[start:stop]
    return Chunk(pending.transfer_id, index, pending.count, len(pending.content), data)


def hold(pending: Pending, ack: CaptureAck) -> Pending:
    """Take the receiver's word for what it holds, even where that is less than before."""
    held = to_mask(ack.held, pending.count)
    if held == (1 << pending.count) - 1:
        # The last chunk is answered only by "complete"; if that never comes, it times out.
        return replace(pending, held=held)
    waiting = {i: sent for i, sent in pending.under_way.items() if not held >> i & 1}
    return replace(pending, held=held, under_way=waiting)
