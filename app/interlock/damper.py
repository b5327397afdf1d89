"""How often an interlock's mind may be told: a flapping input fills neither ring nor log.

A few records of a minute go out at once. What comes beyond waits: only the latest is kept, and goes
out when the minute is over with the number of those left out. After such a minute nothing but that
last one goes out in the next, so what flaps for ever is one record a minute. What nobody may wait
for goes at once all the same: a trip, an actuator that fails, and, within bounds of their own,
answers to operators.
"""

import msgspec
from msgspec.structs import replace

from app.fields import Count, Instant
from app.interlock.record import Decision, InterlockRecord

MINUTE_NS = 60 * 10**9
MOST = 6
"""Records of a minute that go out at once: a trip is three of them."""
MOST_ANSWERS = 6
"""The same of answers to operators."""


class Damper(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered between records.

    Attributes
    ----------
    since_ns
        When the minute began; None before the first record.
    told, answered
        Records that have gone out in it, and answers to operators among all others.
    waiting
        The latest record, where it has not gone out.
    left_out
        Records since the last one that went out, the waiting one among them.
    tripped
        As decided last: a trip after a reset that was not told is a trip all the same.
    decision
        As told last.
    """

    since_ns: Instant | None = None
    told: Count = 0
    answered: Count = 0
    waiting: InterlockRecord | None = None
    left_out: Count = 0
    tripped: bool = False
    decision: Decision | None = None


Damped = tuple[Damper, InterlockRecord | None]


def damp(damper: Damper, record: InterlockRecord, now_ns: int) -> Damped:
    """Take a record; return it where it goes out now.

    Parameters
    ----------
    damper : Damper
        Of this motor.
    record : InterlockRecord
        Newer than all before.
    now_ns : int
        UTC; a clock that was set begins a new minute.
    """
    damper, began = _minute(damper, now_ns)
    if not (began or _is_urgent(damper, record) or _has_room(damper, record)):
        left_out = damper.left_out + 1
        return replace(damper, waiting=record, left_out=left_out, tripped=record.tripped), None
    counted = "told" if record.command_id is None else "answered"
    damper = replace(damper, **{counted: getattr(damper, counted) + 1})
    return _tell(damper, record, damper.left_out)


def release(damper: Damper, now_ns: int) -> Damped:
    """Return the record that waits, once its minute is over."""
    if damper.waiting is None or not _is_over(damper, now_ns):
        return damper, None
    return last_word(_minute(damper, now_ns)[0])


def last_word(damper: Damper) -> Damped:
    """Return the record that waits, whatever the time: nothing comes after it."""
    if damper.waiting is None:
        return damper, None
    return _tell(damper, damper.waiting, damper.left_out - 1)


def _tell(damper: Damper, record: InterlockRecord, left_out: int) -> Damped:
    told = replace(record, left_out=left_out)
    return replace(
        damper, waiting=None, left_out=0, tripped=told.tripped, decision=told.decision
    ), told


def _minute(damper: Damper, now_ns: int) -> tuple[Damper, bool]:
    """Begin a new minute where the last is over; tell whether one begins after too many."""
    if not _is_over(damper, now_ns):
        return damper, False
    flapped = damper.waiting is not None
    return replace(damper, since_ns=now_ns, told=MOST if flapped else 0, answered=0), flapped


def _is_over(damper: Damper, now_ns: int) -> bool:
    return damper.since_ns is None or not 0 <= now_ns - damper.since_ns < MINUTE_NS


def _is_urgent(damper: Damper, record: InterlockRecord) -> bool:
    failed = record.decision == "actuator_failed" and damper.decision != "actuator_failed"
    return failed or (record.tripped and not damper.tripped)


def _has_room(damper: Damper, record: InterlockRecord) -> bool:
    if record.command_id is None:
        return damper.told < MOST
    return damper.answered < MOST_ANSWERS
