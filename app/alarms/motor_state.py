"""One motor as an operator sees it, and all that the gateway remembers of it: one message.

It is published retained on the topic ``state``; a gateway that starts anew goes on from there,
so that acknowledgements, shelves and maintenance survive without data at rest.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.alarms.event import AlarmState, Category, Priority, Reasons, Severity
from app.commands import Memory
from app.fields import Count, Instant, Line, MotorId, Operator, SensorStatus, State, Text, Token
from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.errors import BadMessage

Operating = Literal["unknown", "stopped", "starting", "running", "unmonitored"]
"""``unknown`` while nothing is heard of the motor; `unmonitored` runs where no model knows it."""
MOST_ALARMS = 64


class OpenAlarm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alarm from its first raise until it is normal again.

    Attributes
    ----------
    alarm_id, key, category, condition
        Identity of this occurrence; what it is about: one open alarm a key.
    severity, priority, state, active, acknowledged
        `state` follows from the others and the motor's service.
    since_ns, seen_ns, gone_ns
        First raised, last seen, and since when its absence is testified.
    peak, unit, count, reasons, senses
        Worst value, sightings, evidence, and the senses that could testify its absence.
    shelved_until_ns, operator
        End of its shelf; who acknowledged or shelved it last.
    """

    alarm_id: Token
    key: Token
    category: Category
    severity: Severity
    priority: Priority
    since_ns: Instant
    seen_ns: Instant
    state: AlarmState = "unacknowledged_active"
    active: bool = True
    acknowledged: bool = False
    condition: Condition | None = None
    gone_ns: Instant | None = None
    peak: float | None = None
    unit: Text | None = None
    count: Count = 1
    reasons: Reasons = ()
    senses: tuple[Sense, ...] = ()
    shelved_until_ns: Instant | None = None
    operator: Operator | None = None


class Maintenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A motor out of service: until when, by whom and why."""

    until_ns: Instant
    since_ns: Instant
    operator: Operator
    reason: Line


class Heard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Identity of the newest message of a kind, so that older ones change nothing."""

    boot_id: Token
    seq: Count
    t0_ns: Instant


class Latch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The device's interlock as it last said it was."""

    newest: Heard
    commissioned: bool
    tripped: bool
    at_ns: Instant
    reason: Text


class Episode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The device's own episode, as far as the gateway knows it."""

    newest: Heard
    open: bool
    severity: Severity
    peak: float
    reasons: Reasons


class MotorState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asset health, sensor status, operating state and alarms of one motor.

    Attributes
    ----------
    motor_id, boot_id, seq
        `seq` is that of the next event in this run of the gateway.
    updated_ns
        When it last changed, by the gateway's clock.
    asset, reported
        Health of the machine; and as stage 1 alone last put it.
    sensor, operating
        Health of its instruments (NE 107), never to be shown as the machine's; how it runs.
    online
        Whether it reports in time.
    alarms
        Those that are not normal, in order of their first raise.
    maintenance, interlock
        Out of service; the device's trip latch.
    period_s
        How often reports are expected; None where nothing is.
    heard_ns, report, diagnosis, episode
        Newest receipt, and the newest message of each kind.
    started_ns, suspect_ns, raised_ns
        Since when it runs, its sensor is not normal, its reports say alert: for delays.
    commands
        Those obeyed or refused lately.
    """

    motor_id: MotorId
    boot_id: Token
    seq: Count = 0
    updated_ns: Instant = 0
    asset: State = "unmonitored"
    reported: State = "unmonitored"
    sensor: SensorStatus = "normal"
    operating: Operating = "unknown"
    online: bool = True
    alarms: Annotated[tuple[OpenAlarm, ...], Meta(max_length=MOST_ALARMS)] = ()
    maintenance: Maintenance | None = None
    interlock: Latch | None = None
    period_s: Annotated[float, Meta(gt=0.0, le=1e6)] | None = None
    heard_ns: Instant | None = None
    report: Heard | None = None
    diagnosis: Heard | None = None
    episode: Episode | None = None
    started_ns: Instant | None = None
    suspect_ns: Instant | None = None
    raised_ns: Instant | None = None
    commands: Memory = ()
    version: Literal[1] = 1

    def __post_init__(self) -> None:
        keys = [each.key for each in self.alarms]
        if len(set(keys)) != len(keys):
            raise BadMessage(f"state of {self.motor_id}: two open alarms of one key; refused")

    def alarm(self, key: str) -> OpenAlarm | None:
        """Return the open alarm of a key."""
        return next((each for each in self.alarms if each.key == key), None)

    def alarm_of(self, alarm_id: str) -> OpenAlarm | None:
        """Return the open alarm of an identity."""
        return next((each for each in self.alarms if each.alarm_id == alarm_id), None)
