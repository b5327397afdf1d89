"""`motorwatch operate`: what an operator does to a motor and its interlock."""

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.operate_call import (
    CAPTURE_WAIT_S,
    VALID,
    WAIT_S,
    ByOption,
    Call,
    ConfigOption,
    MotorArgument,
    MqttOption,
    ReasonOption,
    SiteOption,
    ValidOption,
    WaitOption,
    from_now,
    reach,
)
from app.cli.options import JsonOption
from app.commands import (
    Act,
    CommissionActuator,
    MaintenanceOff,
    MaintenanceOn,
    RequestCapture,
    ResetTrip,
)
from sensors.errors import BadConfig


class Switch(StrEnum):
    """On or off."""

    on = "on"
    off = "off"


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
    call.on_motor(motor, _maintenance(switch, duration, reason))


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
    call.on_motor(motor, RequestCapture())


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
    call.on_motor(motor, ResetTrip(reason=reason))


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
    call.on_motor(motor, CommissionActuator(on=switch is Switch.on, reason=reason))


ACTS = (maintenance, capture, reset_trip, commission)


def _maintenance(switch: Switch, duration: str | None, reason: str | None) -> Act:
    if switch is Switch.off:
        if duration is not None or reason is not None:
            raise BadConfig("maintenance off takes neither --for nor --reason")
        return MaintenanceOff()
    if duration is None or reason is None:
        raise BadConfig("maintenance on needs --for, e.g. 4h, and --reason")
    return MaintenanceOn(until_ns=from_now(duration), reason=reason)
