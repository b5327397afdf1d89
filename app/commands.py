"""What an operator may order: one envelope, who and until when, around one of a few acts.

A command is idempotent by its `id`, expires, and names one motor. The gateway obeys those that
concern alarms, the device those that concern captures and its actuator (`DEVICE_ACTS`).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.fields import Instant, Line, MotorId, Operator, Text, Token
from sensors.conditions import Condition
from sensors.errors import BadMessage

LONGEST_LIFE_NS = 24 * 3600 * 10**9
"""A command that waits longer no longer means the plant that its operator saw."""
SKEW_NS = 300 * 10**9
"""Clocks of a plant may differ by so much; a command from later than that is refused."""
MOST_REMEMBERED = 200
"""Identities of commands that are remembered, so that a repetition does nothing."""

AlarmId = Token
Outcome = Literal["confirmed_fault", "no_fault_found", "other"]


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """An operator has seen an alarm."""

    alarm_id: AlarmId


class Verdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """What an inspection found: with a condition where a fault was confirmed, never without."""

    alarm_id: AlarmId
    outcome: Outcome
    condition: Condition | None = None
    note: Text = ""

    def __post_init__(self) -> None:
        if (self.condition is not None) != (self.outcome == "confirmed_fault"):
            raise BadMessage(
                f"verdict: {self.outcome} with condition {self.condition}; a confirmed fault "
                "names what was found, any other outcome names none"
            )
        if self.outcome == "other" and not self.note.strip():
            raise BadMessage("verdict: `other` needs a note that says what")


class Shelve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """Put an alarm aside until a time; it comes back by itself."""

    alarm_id: AlarmId
    until_ns: Instant
    reason: Line


class Unshelve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """Bring a shelved alarm back."""

    alarm_id: AlarmId


class MaintenanceOn(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True
):
    """Take a motor out of service until a time: its alarms are recorded and not shown."""

    until_ns: Instant
    reason: Line


class MaintenanceOff(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True
):
    """Put a motor back into service."""


class RequestCapture(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True
):
    """Send a raw capture as soon as one is full."""


class ResetTrip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """Release a latched trip, if its condition is gone."""

    reason: Line


class CommissionActuator(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True
):
    """Allow the interlock to actuate, or forbid it again."""

    on: bool
    reason: Line


AlarmAct = Acknowledge | Verdict | Shelve | Unshelve | MaintenanceOn | MaintenanceOff
DeviceAct = RequestCapture | ResetTrip | CommissionActuator
Act = AlarmAct | DeviceAct
TIMED = (Shelve, MaintenanceOn, ResetTrip, CommissionActuator)
"""Acts that are dangerous late: refused where the receiver does not know the time."""


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act of one operator on one motor.

    Attributes
    ----------
    id
        Chosen by the sender, different for every command; the same one again does nothing.
    motor_id
        Which motor; an operator position for acts on its flood alarm.
    operator
        Who, as its sender has authenticated it.
    issued_ns, expires_ns
        UTC. Valid for a day at most.
    act
        What to do.
    """

    id: Token
    motor_id: MotorId
    operator: Operator
    issued_ns: Instant
    expires_ns: Instant
    act: Act
    version: Literal[1] = 1

    def __post_init__(self) -> None:
        if not 0 < self.expires_ns - self.issued_ns <= LONGEST_LIFE_NS:
            raise BadMessage(
                f"command {self.id}: valid from {self.issued_ns} to {self.expires_ns} ns; it must "
                "expire after it was issued and within a day"
            )
        until_ns = getattr(self.act, "until_ns", None)
        if until_ns is not None and until_ns <= self.issued_ns:
            raise BadMessage(f"command {self.id}: until {until_ns} ns is before it was issued")


class Obeyed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Identity of a command that was received, and until when it could come again."""

    id: Token
    expires_ns: Instant


Memory = Annotated[tuple[Obeyed, ...], Meta(max_length=MOST_REMEMBERED)]


def why_refused(command: Command, now_ns: int | None) -> str | None:
    """Return why a command may not be obeyed any more, or None where it may.

    Parameters
    ----------
    command : Command
    now_ns : int or None
        UTC; None where the receiver's clock is not set. Acts that are dangerous late are then
        refused, the others obeyed: the broker drops expired ones too.
    """
    if now_ns is None:
        if isinstance(command.act, TIMED):
            return "this clock is not set, so nobody knows if the command is still meant; set it"
        return None
    if now_ns >= command.expires_ns:
        late_s = (now_ns - command.expires_ns) / 1e9
        return f"expired {late_s:.0f} s ago; look at the motor again, then give it anew"
    if command.issued_ns - now_ns > SKEW_NS:
        ahead_s = (command.issued_ns - now_ns) / 1e9
        return f"issued {ahead_s:.0f} s in the future; set the sender's clock or this one"
    return None


def is_known(memory: Memory, command: Command) -> bool:
    """Whether a command was received before."""
    return any(each.id == command.id for each in memory)


def remember(memory: Memory, command: Command) -> Memory:
    """Return the memory with a command, without those that could expire first if it is full."""
    kept = sorted((*memory, Obeyed(command.id, command.expires_ns)), key=lambda o: o.expires_ns)
    return tuple(kept[-MOST_REMEMBERED:])
