"""`motorwatch operate`: what an operator does about an alarm."""

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.operate_call import (
    VALID,
    WAIT_S,
    AlarmArgument,
    ByOption,
    Call,
    ConfigOption,
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
    Acknowledge,
    Shelve,
    Unshelve,
    Verdict,
)
from app.commands import Outcome as Finding
from sensors.conditions import Condition
from sensors.errors import BadConfig, BadMessage


class Outcome(StrEnum):
    """What an inspection found."""

    confirmed = "confirmed"
    none = "none"
    other = "other"


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
    call.on_alarm(alarm_id, Acknowledge(alarm_id=alarm_id))


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
    call.on_alarm(alarm_id, act) if motor is None else call.on_motor(motor, act)


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
    act = Shelve(alarm_id=alarm_id, until_ns=from_now(duration), reason=reason)
    call.on_alarm(alarm_id, act)


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
    call.on_alarm(alarm_id, Unshelve(alarm_id=alarm_id))


ACTS = (ack, verdict, shelve, unshelve)
