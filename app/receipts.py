"""What became of messages: acknowledged after commit, or let go and said so.

Both speak of runs of numbers, since a platform commits and a full outbox drops many at once.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.fields import Count, MotorId, Token
from sensors.errors import BadMessage

Held = Literal["report", "diagnosis", "alarm opened", "alarm closed", "alarm/event", "interlock"]
"""What a sender holds until it is committed: an alarm is sent twice under one identity."""
Loss = Literal[
    "lost report",
    "lost diagnosis",
    "lost alarm opened",
    "lost alarm closed",
    "lost alarm/event",
    "lost interlock",
]
"""A statement that some of them were dropped."""
Committed = Held | Loss
"""What an acknowledgement speaks of."""
LOSS_OF: dict[Held, Loss] = {
    "report": "lost report",
    "diagnosis": "lost diagnosis",
    "alarm opened": "lost alarm opened",
    "alarm closed": "lost alarm closed",
    "alarm/event": "lost alarm/event",
    "interlock": "lost interlock",
}
SeqRange = tuple[Count, Count]
"""First and last number, both included."""
MAX_RANGES = 1000
Ranges = Annotated[tuple[SeqRange, ...], Meta(min_length=1, max_length=MAX_RANGES)]


class Ack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The platform's word that the `committed` messages of these numbers survive a power cut.

    Attributes
    ----------
    motor_id, boot_id
        Whose messages.
    committed
        Which of them.
    ranges
        Which numbers, rising.
    """

    motor_id: MotorId
    boot_id: Token
    committed: Committed
    ranges: Ranges
    version: Literal[1] = 1

    def __post_init__(self) -> None:
        _check(self.ranges)


class Dropped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sender had to let go because its outbox was full: a gap that has a reason.

    Attributes
    ----------
    motor_id, boot_id
        Whose messages are lost.
    seq
        Number of this statement, rising within boot and kind.
    lost
        Which kind of message.
    ranges
        Which numbers, rising.
    """

    motor_id: MotorId
    boot_id: Token
    seq: Count
    lost: Held
    ranges: Ranges
    version: Literal[1] = 1

    def __post_init__(self) -> None:
        _check(self.ranges)


def to_ranges(numbers: Iterable[int]) -> tuple[SeqRange, ...]:
    """Return the runs of consecutive numbers, rising; a number given twice counts once."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return tuple((first, last) for first, last in runs)


def _check(ranges: tuple[SeqRange, ...]) -> None:
    bounds = [bound for pair in ranges for bound in pair]
    falls = any(later < earlier for earlier, later in pairwise(bounds))
    touches = any(then[0] <= before[1] for before, then in pairwise(ranges))
    if falls or touches:
        raise BadMessage(f"ranges {ranges[:3]} do not rise: each must begin after the last one")
