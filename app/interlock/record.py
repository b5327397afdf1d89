"""What the interlock decided, with what it saw: one message each time its mind changes."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.fields import Count, Instant, MotorId, Operator, Text, Token

Quantity = Literal["vibration", "current", "temperature"]
Decision = Literal[
    "normal",
    "unfit",
    "one_sense",
    "counting",
    "not_commissioned",
    "no_permissive",
    "tripped",
    "reset",
    "commissioned",
    "decommissioned",
    "refused",
    "actuator_failed",
]
WITHHELD = ("not_commissioned", "no_permissive")
"""Decisions that would have been a trip."""


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One physical quantity over one window, the worst of the channels that are fit.

    Attributes
    ----------
    quantity
        ``vibration`` in mm/s RMS, ``current`` in multiples of rated current, ``temperature`` in
        degC.
    value
        None where no fit channel measures it.
    unfit
        Why it must not trip; None where it may.
    still
        The audit says that the motor stands still: no trip, but good enough for a reset.
    """

    quantity: Quantity
    value: float | None = None
    unfit: Text | None = None
    still: bool = False


class InterlockRecord(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One decision of one motor's interlock. Identity: (motor_id, boot_id, seq) of this kind.

    Attributes
    ----------
    t1_ns
        End of the window that it stands on.
    decision
        What was decided; `reason` says why in one line.
    tripped, commissioned, permissive
        The latch, whether it may actuate, and the plant's permissive, after the decision.
    over, agreeing, windows
        The quantity beyond its trip limit, the one of another sense that agrees, and for how many
        windows in a row.
    readings
        What was measured.
    operator, command_id
        Of the command that it answers.
    left_out
        How many decisions before this one were not told, because there were too many. Not sent
        where it is 0: receivers of a version that knows no such field take all other records.
    """

    motor_id: MotorId
    boot_id: Token
    seq: Count
    t1_ns: Instant
    decision: Decision
    reason: Text
    tripped: bool
    commissioned: bool
    permissive: bool
    over: Quantity | None = None
    agreeing: Quantity | None = None
    windows: Count = 0
    readings: Annotated[tuple[Reading, ...], Meta(max_length=3)] = ()
    operator: Operator | None = None
    command_id: Token | None = None
    left_out: Count = 0
    version: Literal[1] = msgspec.field(default_factory=lambda: 1)  # so that it is always said
