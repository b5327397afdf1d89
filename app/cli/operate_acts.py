"""`motorwatch operate`: the acts that an operator orders, each of which is answered."""

import time
from enum import StrEnum
from typing import Annotated

import typer

from app.cli.operate_call import (
    CAPTURE_WAIT_S,
    VALID,
    WAIT_S,
    AlarmArgument,
    ByOption,
    Call,
    ConfigOption,
    MotorArgument,
    MqttOption,
    ReasonOption,
    SiteOption,
    ValidOption,
    WaitOption,
    reach,
)
from app.cli.options import JsonOption
from app.commands import (
    Acknowledge,
    Act,
    CommissionActuator,
    MaintenanceOff,
    MaintenanceOn,
    RequestCapture,
    ResetTrip,
    Shelve,
    Unshelve,
    Verdict,
)
from app.commands import Outcome as Finding
from app.operate.order import seconds
from sensors.conditions import Condition
from sensors.errors import BadConfig, BadMessage


class Outcome(StrEnum):
    """What an inspection found."""

    confirmed = "confirmed"
    none = "none"
    other = "other"


class Switch(StrEnum):
    """On or off."""

    on = "on"
    off = "off"


FOUND: dict[Outcome, Finding] = {
    Outcome.confirmed: "confirmed_fault",
    Outcome.none: "no_fault_found",
    Outcome.other: "other",
}


def ack(
    alarm_id: AlarmArgument,
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    by: ByOption = None,
    valid_for: ValidOption = VALID,
    wait: WaitOption = WAIT_S,
    as_json: JsonOption = False,
) -> None:
    """Acknowledge an alarm: somebody has seen it.

    Example: motorwatch operate ack 1f0c5d7e9a3b2c44 --config operator.toml
    """
    call = Call(reach(config, mqtt, site), by, valid_for, wait, as_json)
    _on_alarm(call, alarm_id, Acknowledge(alarm_id=alarm_id))


def verdict(
    alarm_id: AlarmArgument,
    outcome: Annotated[Outcome, typer.Argument(help="What an inspection found.")],
    condition: Annotated[
        Condition | None, typer.Option(help="Which fault, where one was confirmed.")
    ] = None,
    text: Annotated[str, typer.Option("--note", help="What else is to be said.")] = "",
    motor: Annotated[
        str | None,
        typer.Option(help="Whose alarm it was, where it is normal by now.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    by: ByOption = None,
    valid_for: ValidOption = VALID,
    wait: WaitOption = WAIT_S,
    as_json: JsonOption = False,
) -> None:
    """Say what an inspection found: a verdict, from which later models learn.

    Example: motorwatch operate verdict 1f0c5d7e9a3b2c44 confirmed --condition unbalance
    """
    call = Call(reach(config, mqtt, site), by, valid_for, wait, as_json)
    try:
        act = Verdict(alarm_id=alarm_id, outcome=FOUND[outcome], condition=condition, note=text)
    except BadMessage as error:
        raise BadConfig(str(error)) from error
    _on_alarm(call, alarm_id, act) if motor is None else _on_motor(call, motor, act)


def shelve(
    alarm_id: AlarmArgument,
    duration: Annotated[str, typer.Option("--for", help="For how long, e.g. 2h or 1h30m.")],
    reason: ReasonOption,
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    by: ByOption = None,
    valid_for: ValidOption = VALID,
    wait: WaitOption = WAIT_S,
    as_json: JsonOption = False,
) -> None:
    """Put an alarm aside for a while; it comes back by itself.

    Example: motorwatch operate shelve 1f0c5d7e9a3b2c44 --for 2h --reason "part is ordered"
    """
    call = Call(reach(config, mqtt, site), by, valid_for, wait, as_json)
    act = Shelve(alarm_id=alarm_id, until_ns=_in(duration), reason=reason)
    _on_alarm(call, alarm_id, act)


def unshelve(
    alarm_id: AlarmArgument,
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    by: ByOption = None,
    valid_for: ValidOption = VALID,
    wait: WaitOption = WAIT_S,
    as_json: JsonOption = False,
) -> None:
    """Bring a shelved alarm back.

    Example: motorwatch operate unshelve 1f0c5d7e9a3b2c44 --config operator.toml
    """
    call = Call(reach(config, mqtt, site), by, valid_for, wait, as_json)
    _on_alarm(call, alarm_id, Unshelve(alarm_id=alarm_id))


def maintenance(
    motor: MotorArgument,
    switch: Annotated[Switch, typer.Argument(help="Out of service, or back into it.")],
    duration: Annotated[
        str | None, typer.Option("--for", help="For how long, e.g. 4h.", show_default=False)
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why, for the record.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    by: ByOption = None,
    valid_for: ValidOption = VALID,
    wait: WaitOption = WAIT_S,
    as_json: JsonOption = False,
) -> None:
    """Take a motor out of service for a while, or put it back: meanwhile its alarms are not shown.

    Example: motorwatch operate maintenance press-3 on --for 4h --reason "new belt"
    """
    call = Call(reach(config, mqtt, site), by, valid_for, wait, as_json)
    _on_motor(call, motor, _maintenance(switch, duration, reason))


def capture(
    motor: MotorArgument,
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    by: ByOption = None,
    valid_for: ValidOption = VALID,
    wait: WaitOption = CAPTURE_WAIT_S,
    as_json: JsonOption = False,
) -> None:
    """Have a motor's device send a raw capture, and wait until it has come.

    Example: motorwatch operate capture press-3 --config operator.toml
    """
    call = Call(reach(config, mqtt, site), by, valid_for, wait, as_json)
    with call.line() as line:
        line.check_motor(motor)
        line.watch_captures()
        call.order(line, motor, RequestCapture())


def reset_trip(
    motor: MotorArgument,
    reason: ReasonOption,
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    by: ByOption = None,
    valid_for: ValidOption = VALID,
    wait: WaitOption = WAIT_S,
    as_json: JsonOption = False,
) -> None:
    """Release a latched trip of a motor's interlock, if what tripped it is gone.

    Example: motorwatch operate reset-trip press-3 --reason "bearing changed"
    """
    call = Call(reach(config, mqtt, site), by, valid_for, wait, as_json)
    _on_motor(call, motor, ResetTrip(reason=reason))


def commission(
    motor: MotorArgument,
    switch: Annotated[Switch, typer.Argument(help="May it trip the motor, or not.")],
    reason: ReasonOption,
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    by: ByOption = None,
    valid_for: ValidOption = VALID,
    wait: WaitOption = WAIT_S,
    as_json: JsonOption = False,
) -> None:
    """Allow a motor's interlock to actuate, or forbid it again.

    Example: motorwatch operate commission press-3 on --reason "limits signed off by Ada"
    """
    call = Call(reach(config, mqtt, site), by, valid_for, wait, as_json)
    _on_motor(call, motor, CommissionActuator(on=switch is Switch.on, reason=reason))


ACTS = (ack, verdict, shelve, unshelve, maintenance, capture, reset_trip, commission)


def _on_alarm(call: Call, alarm_id: str, act: Act) -> None:
    with call.line() as line:
        motor_id, _ = line.alarm(alarm_id)
        call.order(line, motor_id, act)


def _on_motor(call: Call, motor_id: str, act: Act) -> None:
    with call.line() as line:
        line.check_motor(motor_id)
        call.order(line, motor_id, act)


def _maintenance(switch: Switch, duration: str | None, reason: str | None) -> Act:
    if switch is Switch.off:
        if duration is not None or reason is not None:
            raise BadConfig("maintenance off takes neither --for nor --reason")
        return MaintenanceOff()
    if duration is None or reason is None:
        raise BadConfig("maintenance on needs --for, e.g. 4h, and --reason")
    return MaintenanceOn(until_ns=_in(duration), reason=reason)


def _in(duration: str) -> int:
    return time.time_ns() + seconds(duration) * 10**9
