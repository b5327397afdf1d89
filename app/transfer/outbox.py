"""The captures a sender still owes: bounded in bytes, one window under way, the urgent first.

A frozen state and pure functions on it. No more than a window of chunks is unanswered at any
time, so a live report never queues behind more than that. A link that answers nothing is probed
with one chunk at a time, ever more seldom; the first answer opens the window again.
"""

from dataclasses import dataclass, replace

from app.capture_message import MAX_BYTES, Reason
from app.transfer.capture_ack import CaptureAck
from app.transfer.chunk import CHUNK_BYTES, MOST_CHUNKS, Chunk
from app.transfer.pending import Pending, begin, chunk, expire, hold, send, sendable
from sensors.errors import BadMessage

SECOND = 1_000_000_000
URGENCY: dict[Reason, int] = {"escalation": 0, "request": 1, "healthy": 2, "schedule": 3}
MOST_DAMAGED = 3


@dataclass(frozen=True, slots=True)
class SenderLimits:
    """What a sender may hold and do.

    Attributes
    ----------
    captures, content_bytes : int
        The most that is held; beyond, the least urgent goes, of equals the oldest.
    chunk_bytes, window : int
        Length of a chunk, and how many may be unanswered.
    retry_s, most_retry_s : float
        How long an answer may take before a chunk is sent again, at first and at most.
    busy_s : float
        How long a busy receiver is left alone.
    """

    captures: int = 8
    content_bytes: int = 64 * 1024 * 1024
    chunk_bytes: int = CHUNK_BYTES
    window: int = 4
    retry_s: float = 5.0
    most_retry_s: float = 60.0
    busy_s: float = 15.0


@dataclass(frozen=True, slots=True)
class SenderTally:
    """What became of the captures offered, and how many chunks it took.

    `offered` is always `delivered + dropped + too_large + refused` and those still held.
    """

    offered: int = 0
    delivered: int = 0
    dropped: int = 0
    too_large: int = 0
    refused: int = 0
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class Outbox:
    """All that a sender owes, the most urgent first; `silent` counts waits without an answer."""

    limits: SenderLimits = SenderLimits()
    pending: tuple[Pending, ...] = ()
    tally: SenderTally = SenderTally()
    silent: int = 0
    heard_ns: int | None = None


def offer(outbox: Outbox, site: str, motor_id: str, content: bytes, reason: Reason) -> Outbox:
    """Take on a capture, and drop what no longer fits; the same content is taken on once.

    Raises
    ------
    BadMessage
        There is nothing in it.
    """
    if not content:
        raise BadMessage(f"motor {motor_id!r}: an empty capture cannot be sent")
    limits, tally = outbox.limits, outbox.tally
    new = begin(site, motor_id, content, reason, chunk_bytes=limits.chunk_bytes)
    if any(_is(one, motor_id, new.transfer_id) for one in outbox.pending):
        return outbox
    tally = replace(tally, offered=tally.offered + 1)
    if len(content) > min(limits.content_bytes, MAX_BYTES) or new.count > MOST_CHUNKS:
        return replace(outbox, tally=replace(tally, too_large=tally.too_large + 1))
    held = sorted((*outbox.pending, new), key=lambda one: URGENCY[one.reason])
    kept = _fitting(tuple(held), limits)
    dropped = len(held) - len(kept)
    return replace(outbox, pending=kept, tally=replace(tally, dropped=tally.dropped + dropped))


def next_chunks(outbox: Outbox, now_ns: int) -> tuple[Outbox, tuple[tuple[Pending, Chunk], ...]]:
    """Return the chunks that may go out now."""
    outbox = _expired(outbox, now_ns)
    room = 1 if outbox.silent else outbox.limits.window
    room -= sum(len(one.under_way) for one in outbox.pending)
    kept: list[Pending] = []
    out: list[tuple[Pending, Chunk]] = []
    for one in outbox.pending:
        ready = one.not_before_ns <= now_ns
        indices = (
            tuple(i for i, _ in zip(sendable(one), range(room), strict=False)) if ready else ()
        )
        out += [(one, chunk(one, index)) for index in indices]
        room -= len(indices)
        kept.append(send(one, indices, now_ns) if indices else one)
    tally = replace(outbox.tally, chunks=outbox.tally.chunks + len(out))
    return replace(outbox, pending=tuple(kept), tally=tally), tuple(out)


def hear(outbox: Outbox, ack: CaptureAck, now_ns: int) -> Outbox:
    """Take an acknowledgement; one of a transfer that is not pending says nothing new."""
    whose = bytes.fromhex(ack.transfer_id)
    one = next((p for p in outbox.pending if _is(p, ack.motor_id, whose)), None)
    if one is None:
        return outbox
    outbox = replace(outbox, silent=0, heard_ns=now_ns)
    tally = outbox.tally
    match ack.verdict:
        case "complete":
            return _without(outbox, one, replace(tally, delivered=tally.delivered + 1))
        case "refused":
            return _without(outbox, one, replace(tally, refused=tally.refused + 1))
        case "damaged" if one.damaged + 1 >= MOST_DAMAGED:
            return _without(outbox, one, replace(tally, refused=tally.refused + 1))
        case "damaged":
            return _with(outbox, replace(one, held=0, under_way={}, damaged=one.damaged + 1))
        case "busy":
            later = now_ns + round(outbox.limits.busy_s * SECOND)
            return _with(outbox, replace(hold(one, ack), under_way={}, not_before_ns=later))
        case "receiving":
            return _with(outbox, hold(one, ack))


def wake(outbox: Outbox) -> Outbox:
    """Forget what was under way: the link is new, and need not be probed."""
    pending = tuple(replace(one, under_way={}) for one in outbox.pending)
    return replace(outbox, pending=pending, silent=0)


def _fitting(held: tuple[Pending, ...], limits: SenderLimits) -> tuple[Pending, ...]:
    while len(held) > limits.captures or _bytes(held) > limits.content_bytes:
        least = URGENCY[held[-1].reason]
        oldest = next(i for i, one in enumerate(held) if URGENCY[one.reason] == least)
        held = held[:oldest] + held[oldest + 1 :]
    return held


def _bytes(held: tuple[Pending, ...]) -> int:
    return sum(len(one.content) for one in held)


def _expired(outbox: Outbox, now_ns: int) -> Outbox:
    limits = outbox.limits
    wait_s = min(limits.retry_s * 2.0 ** min(outbox.silent, 16), limits.most_retry_s)
    before_ns = now_ns - round(wait_s * SECOND)
    pending = tuple(expire(one, before_ns) for one in outbox.pending)
    if _waiting(pending) == _waiting(outbox.pending):
        return outbox
    heard = outbox.heard_ns is not None and outbox.heard_ns > before_ns
    return replace(outbox, pending=pending, silent=0 if heard else outbox.silent + 1)


def _waiting(pending: tuple[Pending, ...]) -> int:
    return sum(len(one.under_way) for one in pending)


def _is(one: Pending, motor_id: str, whose: bytes) -> bool:
    return one.motor_id == motor_id and one.transfer_id == whose


def _with(outbox: Outbox, changed: Pending) -> Outbox:
    pending = tuple(
        changed if _is(one, changed.motor_id, changed.transfer_id) else one
        for one in outbox.pending
    )
    return replace(outbox, pending=pending)


def _without(outbox: Outbox, gone: Pending, tally: SenderTally) -> Outbox:
    pending = tuple(one for one in outbox.pending if one is not gone)
    return replace(outbox, pending=pending, tally=tally)
