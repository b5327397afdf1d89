"""The `motorwatch` command: its groups, its exit codes, and how errors reach people.

Exit codes: 0 done; 2 the command or configuration is wrong; 3 the data cannot be used; 4 a model
cannot be fitted or used; 5 something is not installed; 6 a result cannot be written; 7 the store
refuses; 8 the bus refuses; 130 interrupted.
"""

import errno
import logging
import os
import sys

import typer

from app.cli import (
    bearings_command,
    demo_command,
    diagnose_command,
    doctor_command,
    evaluate_command,
    features_command,
    inspect_command,
    manifest_command,
    motor_command,
    replay_command,
    simulate_command,
    spectrum_command,
    train_command,
)
from app.cli.console import err, escape, print_json
from sensors.errors import MotorwatchError, OutputError

INTERRUPTED = 130
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

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
app.command("demo")(demo_command.demo)
app.command("replay")(replay_command.replay)
app.command("diagnose")(diagnose_command.diagnose)
app.command("inspect")(inspect_command.inspect)
app.command("features")(features_command.features)
app.command("spectrum")(spectrum_command.spectrum)
app.command("train")(train_command.train)
app.command("evaluate")(evaluate_command.evaluate)
app.command("simulate")(simulate_command.simulate)
app.command("inject")(simulate_command.inject)
app.command("doctor")(doctor_command.doctor)
app.command("motor")(motor_command.motor)
app.command("bearings")(bearings_command.bearings)
app.add_typer(manifest_command.app, name="manifest")


def main() -> None:
    """Run the command line; every expected error becomes one message and its exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except MotorwatchError as error:
        if "--json" in sys.argv:
            print_json({"error": type(error).__name__, "message": str(error)})
        err.print(f"[bold red]error[/] ({type(error).__name__}): {escape(str(error))}")
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        # Nothing of ours but standard output is written without a guard of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        err.print(f"[bold red]error[/] (OutputError): standard output: {error.strerror}")
        sys.exit(OutputError.exit_code)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            err.print("interrupted; what was done so far is kept")
        raise
