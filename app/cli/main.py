"""The `motorwatch` command: its groups, its exit codes, and how errors reach people.

Exit codes: 0 done; 2 the command or configuration is wrong; 3 the data cannot be used; 4 a model
cannot be fitted or used; 5 something is not installed; 6 a result cannot be written; 7 the store
refuses; 8 the bus refuses; 130 interrupted.
"""

import errno
import inspect
import logging
import os
import sys
from collections.abc import Callable

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
    pki_command,
    prognose_command,
    replay_command,
    simulate_command,
    spectrum_command,
    store_command,
    thermal_command,
    train_command,
)
from app.cli.console import note, print_json
from sensors.errors import MotorwatchError, OutputError

INTERRUPTED = 130
ERROR = "[bold red]error[/] "
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

COMMANDS = (
    demo_command.demo,
    live_command.up,
    live_command.device,
    live_command.gateway,
    live_command.platform,
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


def help_text(command: Callable[..., None]) -> str:
    """Return a command's docstring with each paragraph on one line, for the terminal to wrap."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


app = typer.Typer(
    name="motorwatch",
    help="Predictive maintenance for induction motors: power, vibration, sound, temperature.\n\n"
    "Start with `motorwatch doctor` to see what is here, `motorwatch inspect FILE` to see what a "
    "recording holds, and `motorwatch replay SOURCE` to have it judged.",
    epilog="Exit codes: 0 done, 2 wrong command or configuration, 3 unusable data, 4 model, "
    "5 not installed, 6 cannot write, 7 store, 8 bus, 130 interrupted.",
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


def main() -> None:
    """Run the command line; every expected error becomes one message and its exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except MotorwatchError as error:
        if "--json" in sys.argv:
            print_json({"error": type(error).__name__, "message": str(error)})
        note(f"({type(error).__name__}): {error}", head=ERROR)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        # Nothing of ours but standard output is written without a guard of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        note(f"(OutputError): standard output: {error.strerror}", head=ERROR)
        sys.exit(OutputError.exit_code)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            note("interrupted; what was done so far is kept")
        raise
