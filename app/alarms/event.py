"""What happens to an alarm, one message each: for the event log, notifications and screens.

The gateway says them on the topic ``alarm/event``. The device's own episodes (`app.messages.Alarm`)
stay on ``alarm``, so that a broker can forbid a device to speak of acknowledgements.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.commands import Outcome
from app.fields import Count, Instant, MotorId, Operator, Text, Token
from sensors.conditions import Condition

Priority = Literal["low", "medium", "high", "critical"]
Category = Literal["asset", "sensor", "trip", "flood"]
Severity = Literal["alert", "danger"]
AlarmState = Literal[
    "unacknowledged_active",
    "acknowledged_active",
    "returned_unacknowledged",
    "normal",
    "shelved",
    "out_of_service",
]
"""States of ISA-18.2: B, C, D, A, G and I. Flooded alarms keep theirs and name their `group`."""
AlarmHappening = Literal[
    "raised",
    "raised_again",
    "worsened",
    "cleared",
    "acknowledged",
    "verdict",
    "shelved",
    "unshelved",
    "out_of_service",
    "restored",
]
"""What can happen to one alarm."""
Happening = AlarmHappening | Literal["maintenance_on", "maintenance_off", "refused"]

MOST_REASONS = 5
Reasons = Annotated[tuple[Text, ...], Meta(max_length=MOST_REASONS)]


class AlarmEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that happened to one alarm, or to a motor's service. Identity as a report's.

    Attributes
    ----------
    motor_id, boot_id, seq
        `boot_id` is that of the gateway's run, `seq` counts this motor's events within it.
    at_ns
        When, by the gateway's clock.
    event
        What happened.
    alarm_id, key, category, severity, priority, state
        Which alarm and what it is now; None for what concerns the motor as a whole.
    condition
        Fault, where the alarm names one.
    since_ns
        When the alarm was first raised.
    peak, unit
        The worst value so far.
    count
        How often it was seen; of a flood, how many alarms it stands for.
    operator, command_id, outcome
        Who did it by which command, and the verdict.
    reasons
        Evidence, or why a command was refused, one line each.
    group
        The flood alarm that this one is shown under; None where it is shown by itself.
    """

    motor_id: MotorId
    boot_id: Token
    seq: Count
    at_ns: Instant
    event: Happening
    alarm_id: Token | None = None
    key: Token | None = None
    category: Category | None = None
    severity: Severity | None = None
    priority: Priority | None = None
    state: AlarmState | None = None
    condition: Condition | None = None
    since_ns: Instant | None = None
    peak: float | None = None
    unit: Text | None = None
    count: Count = 0
    operator: Operator | None = None
    command_id: Token | None = None
    outcome: Outcome | None = None
    reasons: Reasons = ()
    group: Token | None = None
    version: Literal[1] = 1
