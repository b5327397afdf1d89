"""The `motorwatch` command: its groups and its exit codes.

Exit codes: 0 done; 2 the command or configuration is wrong; 3 the data cannot be used; 4 a model
cannot be fitted or used; 5 something is not installed; 6 a result cannot be written; 7 the store
refuses; 8 the bus refuses; 9 a command was refused; 130 interrupted.
"""

import typer

from app.cli import (
    accelerator_command,
    audit_command,
    backbone_command,
    bearings_command,
    broker_command,
    captures_command,
    config_command,
    convert_command,
    demo_command,
    diagnose_command,
    doctor_command,
    evaluate_command,
    events_command,
    export_command,
    features_command,
    inspect_command,
    limits_command,
    live_command,
    manifest_command,
    motor_command,
    notices_command,
    operate_command,
    pki_command,
    prognose_command,
    replay_command,
    simulate_command,
    spectrum_command,
    store_command,
    thermal_command,
    train_command,
)
from app.cli.entry import ERROR, INTERRUPTED, main
from app.cli.help_text import help_text

__all__ = ["ERROR", "INTERRUPTED", "app", "main"]

COMMANDS = (
    demo_command.demo,
    *live_command.COMMANDS,
    replay_command.replay,
    diagnose_command.diagnose,
    inspect_command.inspect,
    features_command.features,
    spectrum_command.spectrum,
    train_command.train,
    evaluate_command.evaluate,
    simulate_command.simulate,
    simulate_command.inject,
    convert_command.convert,
    export_command.export,
    doctor_command.doctor,
    motor_command.motor,
    limits_command.limits,
    thermal_command.thermal,
    prognose_command.prognose,
    bearings_command.bearings,
)
"""In the order that `--help` lists them."""


app = typer.Typer(
    name="motorwatch",
    help="Predictive maintenance for induction motors: power, vibration, sound, temperature.\n\n"
    "Start with `motorwatch doctor` to see what is here, `motorwatch inspect FILE` to see what a "
    "recording holds, and `motorwatch replay SOURCE` to have it judged.",
    epilog="Exit codes: 0 done, 2 wrong command or configuration, 3 unusable data, 4 model, "
    "5 not installed, 6 cannot write, 7 store, 8 bus, 9 command refused, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for each in COMMANDS:
    app.command(each.__name__, help=help_text(each))(each)
app.add_typer(manifest_command.app, name="manifest")
app.add_typer(config_command.app, name="config")
app.add_typer(backbone_command.app, name="backbone")
app.add_typer(accelerator_command.app, name="accelerator")
app.add_typer(events_command.app, name="events")
app.add_typer(captures_command.app, name="captures")
app.add_typer(pki_command.app, name="pki")
app.add_typer(broker_command.app, name="broker")
app.add_typer(store_command.app, name="store")
app.add_typer(audit_command.app, name="audit")
app.add_typer(notices_command.app, name="notices")
app.add_typer(operate_command.app, name="operate")
