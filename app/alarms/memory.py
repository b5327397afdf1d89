"""How a motor's state is summed up, kept over a restart, and when it is worth publishing again."""

from msgspec.structs import replace

from app.alarms.event import AlarmState, Severity
from app.alarms.motor_state import MotorState, OpenAlarm
from app.fields import State


def asset_health(motor: MotorState) -> State:
    """Return the health of the asset: the worse of stage 1's word and the faults that are active.

    A motor that stands still or is not heard has no health, whatever is open.
    """
    if motor.operating == "stopped":
        return "stopped"
    if motor.operating == "unknown":
        return "unmonitored"
    faults = {each.severity for each in motor.alarms if each.active and each.category == "asset"}
    if "danger" in faults or motor.reported == "danger":
        return "danger"
    return "alert" if faults else motor.reported


def stamped(motor: MotorState, now_ns: int) -> MotorState:
    """Return a state that changed, summed up and dated."""
    return replace(motor, asset=asset_health(motor), updated_ns=now_ns)


def resumed(
    known: MotorState | None, motor_id: str, boot_id: str, period_s: float | None, now_ns: int
) -> MotorState:
    """Return the state with which a gateway's run begins: what was retained, less its timers.

    What was acknowledged, shelved or under maintenance stays so. Nothing was heard while the
    gateway was down, so no absence of a fault is carried over, and silence counts from now.
    """
    motor = MotorState(motor_id=motor_id, boot_id=boot_id) if known is None else known
    return replace(
        motor,
        boot_id=boot_id,
        seq=0,
        period_s=period_s,
        heard_ns=now_ns,
        updated_ns=now_ns,
        online=True,
        operating="stopped" if motor.operating == "stopped" else "unknown",
        started_ns=None,
        suspect_ns=None,
        raised_ns=None,
        alarms=tuple(replace(each, gone_ns=None) for each in motor.alarms),
    )


def is_news(before: MotorState, after: MotorState) -> bool:
    """Whether an operator, or a gateway that restarts, should hear of a change at once.

    Sightings alone are no news: publish them from time to time.
    """
    return _shown(before) != _shown(after)


def _shown(motor: MotorState) -> tuple[object, ...]:
    return (
        motor.asset,
        motor.sensor,
        motor.operating,
        motor.online,
        motor.maintenance,
        motor.interlock and (motor.interlock.commissioned, motor.interlock.tripped),
        motor.commands,
        tuple(_kept(alarm) for alarm in motor.alarms),
    )


def _kept(alarm: OpenAlarm) -> tuple[str, AlarmState, Severity, bool, bool, int | None]:
    return (
        alarm.alarm_id,
        alarm.state,
        alarm.severity,
        alarm.active,
        alarm.acknowledged,
        alarm.shelved_until_ns,
    )
