"""`motorwatch operate`: an operator follows and steers a plant over its broker."""

from typing import Annotated

import typer

from app.cli import operate_alarms, operate_motors
from app.cli.console import note, out, print_json
from app.cli.operate_call import Call, ConfigOption, MqttOption, SiteOption, reach
from app.cli.operate_tables import alarm_table, event_line, motor_table, state_json
from app.cli.options import JsonOption

app = typer.Typer(
    help="Follow and steer a plant over its broker: states, alarms, orders.", no_args_is_help=True
)


@app.command()
def states(
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how every motor is, its sensors apart, and all open alarms.

    Example: motorwatch operate states --mqtt localhost:1883 --site local
    """
    with Call(reach(config, mqtt, site)).line() as line:
        found = [line.states[name] for name in sorted(line.states)]
    if not found:
        note("the broker retains no motor's state of this site: is its name right, a gateway on?")
    if as_json:
        print_json([state_json(state) for state in found])
        return
    # An operator position has a state of its own, for floods of alarms; it is no motor.
    out.print(motor_table(state for state in found if state.period_s is not None))
    if any(state.alarms for state in found):
        out.print(alarm_table(found))


@app.command()
def alarms(
    config: ConfigOption = None,
    mqtt: MqttOption = None,
    site: SiteOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Wait for what happens to alarms.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show open alarms, and with --follow each thing that happens to one.

    Example: motorwatch operate alarms --follow --config operator.toml
    """
    with Call(reach(config, mqtt, site)).line() as line:
        found = [line.states[name] for name in sorted(line.states)]
        if as_json:
            for state in found:
                for alarm in state.alarms:
                    print_json({"motor_id": state.motor_id, "alarm": alarm})
        else:
            out.print(alarm_table(found))
        if not follow:
            return
        for event in line.events():
            print_json(event) if as_json else out.print(event_line(event), soft_wrap=True)


for _act in (*operate_alarms.ACTS, *operate_motors.ACTS):
    app.command(_act.__name__.replace("_", "-"))(_act)
