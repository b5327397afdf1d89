"""Where `motorwatch` begins: how errors reach people, and which commands are loaded for that.

Loading all commands takes over a second of processor time. A live role loads none but the live
ones: a process that was killed is back sooner.
"""

import errno
import logging
import os
import sys

import typer

from app.cli.console import note, print_json
from sensors.errors import MotorwatchError, OutputError

INTERRUPTED = 130
ERROR = "[bold red]error[/] "
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
LIVE = ("device", "gateway", "platform", "up")


def main() -> None:
    """Run the command line; every expected error becomes one message and its exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        _commands()()
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


def _commands() -> typer.Typer:
    if sys.argv[1:2] and sys.argv[1] in LIVE:
        from app.cli.live_command import app
    else:
        from app.cli.main import app
    return app
