"""Captures being put together again, within bounds that no sender can push.

A frozen state and pure functions on it. A transfer reserves its whole stated size when its first
chunk comes, so that what is begun can be finished; memory itself grows only with bytes that came.
Nothing is trusted twice: each chunk has its digest, and the whole is hashed before it is handed on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from app.transfer.capture_ack import CaptureAck, Verdict, to_ranges
from app.transfer.chunk import Chunk

SECOND = 1_000_000_000


class Whose(NamedTuple):
    """Which transfer of which motor: nobody can touch another motor's."""

    site: str
    motor_id: str
    transfer_id: bytes


@dataclass(frozen=True, slots=True)
class ReceiverLimits:
    """What a receiver may hold.

    Attributes
    ----------
    motor_bytes, total_bytes : int
        The most that transfers of one motor, and of all, may reserve.
    motor_transfers, transfers : int
        How many at a time of one motor, and of all.
    idle_s : float
        A transfer that gets nothing for so long is thrown away. Many times a sender's longest
        pause: on a bad link a shorter one would throw away what arrives, again and again.
    remembered : int
        How many transfers that are done are still known, to say so again.
    """

    motor_bytes: int = 32 * 1024 * 1024
    total_bytes: int = 64 * 1024 * 1024
    motor_transfers: int = 4
    transfers: int = 256
    idle_s: float = 600.0
    remembered: int = 1024


@dataclass(frozen=True, slots=True)
class Partial:
    """What has come of one transfer; `whole` once it is handed on and not yet settled."""

    count: int
    size: int
    touched_ns: int
    chunks: Mapping[int, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    held: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ReceiverTally:
    """What became of what arrived: captures handed on and settled, and everything turned away."""

    handed_on: int = 0
    settled: int = 0
    duplicates: int = 0
    contradictions: int = 0
    damaged: int = 0
    too_large: int = 0
    busy: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Inbox:
    """All transfers under way, and the last of those that are done."""

    limits: ReceiverLimits = ReceiverLimits()
    partial: Mapping[Whose, Partial] = field(default_factory=lambda: MappingProxyType({}))
    done: Mapping[Whose, Verdict] = field(default_factory=lambda: MappingProxyType({}))
    tally: ReceiverTally = ReceiverTally()


class Taken(NamedTuple):
    """What follows from a chunk: the answer to it, and the content if it was the last."""

    inbox: Inbox
    ack: CaptureAck
    content: bytes | None = None


def take(inbox: Inbox, whose: Whose, chunk: Chunk, now_ns: int) -> Taken:
    """Take one chunk in."""
    inbox = expire(inbox, now_ns)
    if whose in inbox.done:
        return Taken(_count(inbox, "duplicates"), _ack(whose, inbox.done[whose]))
    known = inbox.partial.get(whose)
    if known is None:
        turned_away = _turned_away(inbox, whose, chunk)
        if turned_away is not None:
            return turned_away
        known = Partial(chunk.count, chunk.size, now_ns)
    if (chunk.count, chunk.size) != (known.count, known.size):
        return Taken(_count(inbox, "contradictions"), _ack(whose, "receiving", known.held))
    if known.held >> chunk.index & 1:
        return Taken(_count(inbox, "duplicates"), _ack(whose, "receiving", known.held))
    return _add(inbox, whose, known, chunk, now_ns)


def settle(inbox: Inbox, whose: Whose, verdict: Verdict = "complete") -> tuple[Inbox, CaptureAck]:
    """Say of a transfer that was handed on that it is safe (or, for good, ``refused``)."""
    done = {**inbox.done, whose: verdict}
    for oldest in list(done)[: max(0, len(done) - inbox.limits.remembered)]:
        del done[oldest]
    inbox = replace(_without(inbox, whose), done=done)
    return _count(inbox, "settled"), _ack(whose, verdict)


def release(inbox: Inbox, whose: Whose) -> tuple[Inbox, CaptureAck]:
    """Say of a transfer that was handed on that it could not be kept now: it shall come again."""
    return _count(_without(inbox, whose), "busy"), _ack(whose, "busy")


def expire(inbox: Inbox, now_ns: int) -> Inbox:
    """Throw away what has stood still for too long; what is being kept elsewhere stays known."""
    before_ns = now_ns - round(inbox.limits.idle_s * SECOND)
    kept = {w: p for w, p in inbox.partial.items() if p.whole or p.touched_ns > before_ns}
    gone = len(inbox.partial) - len(kept)
    return replace(_count(inbox, "expired", gone), partial=kept) if gone else inbox


def _add(inbox: Inbox, whose: Whose, known: Partial, chunk: Chunk, now_ns: int) -> Taken:
    chunks = {**known.chunks, chunk.index: chunk.data}
    held = known.held | 1 << chunk.index
    if len(chunks) < known.count:
        now = replace(known, chunks=chunks, held=held, touched_ns=now_ns)
        return Taken(_with(inbox, whose, now), _ack(whose, "receiving", held))
    content = b"".join(chunks[index] for index in range(known.count))
    if hashlib.sha256(content).digest() != whose.transfer_id:
        return Taken(_count(_without(inbox, whose), "damaged"), _ack(whose, "damaged"))
    handed = Partial(known.count, known.size, now_ns, held=held, whole=True)
    inbox = _count(_with(inbox, whose, handed), "handed_on")
    return Taken(inbox, _ack(whose, "receiving", held), content)


def _turned_away(inbox: Inbox, whose: Whose, chunk: Chunk) -> Taken | None:
    limits = inbox.limits
    if chunk.size > min(limits.motor_bytes, limits.total_bytes):
        return Taken(_count(inbox, "too_large"), _ack(whose, "refused"))
    own = [p.size for w, p in inbox.partial.items() if w[:2] == whose[:2]]
    reserved = sum(p.size for p in inbox.partial.values())
    full = (
        len(own) >= limits.motor_transfers
        or len(inbox.partial) >= limits.transfers
        or sum(own) + chunk.size > limits.motor_bytes
        or reserved + chunk.size > limits.total_bytes
    )
    return Taken(_count(inbox, "busy"), _ack(whose, "busy")) if full else None


def _ack(whose: Whose, verdict: Verdict, held: int = 0) -> CaptureAck:
    return CaptureAck(
        motor_id=whose.motor_id,
        transfer_id=whose.transfer_id.hex(),
        verdict=verdict,
        held=to_ranges(held),
    )


def _with(inbox: Inbox, whose: Whose, partial: Partial) -> Inbox:
    return replace(inbox, partial={**inbox.partial, whose: partial})


def _without(inbox: Inbox, whose: Whose) -> Inbox:
    return replace(inbox, partial={w: p for w, p in inbox.partial.items() if w != whose})


def _count(inbox: Inbox, what: str, by: int = 1) -> Inbox:
    changed = {what: getattr(inbox.tally, what) + by}
    return replace(inbox, tally=replace(inbox.tally, **changed))
