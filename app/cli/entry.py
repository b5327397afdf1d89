"""Where `motorwatch` begins: how errors reach people, and which commands are loaded for that.

Loading all commands takes over a second of processor time. A live role loads none but the live
ones, and started as services are, none at all: a process that was killed is back sooner.
"""

import errno
import logging
import os
import sys
from typing import TYPE_CHECKING

from app.cli.service import as_service, run_service
from sensors.errors import MotorwatchError, OutputError

if TYPE_CHECKING:
    import typer

INTERRUPTED = 130
ERROR = "[bold red]error[/] "
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
LIVE = ("device", "gateway", "platform", "up")


def main() -> None:
    """Run the command line; every expected error becomes one message and its exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        _run()
    except MotorwatchError as error:
        _say(f"({type(error).__name__}): {error}", error)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        # Nothing of ours but standard output is written without a guard of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _say(f"(OutputError): standard output: {error.strerror}")
        sys.exit(OutputError.exit_code)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            _say("interrupted; what was done so far is kept", head="")
        raise


def _run() -> None:
    service = as_service(sys.argv[1:])
    if service is None:
        _commands()()
        return
    try:
        sys.exit(run_service(service))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _say(text: str, error: MotorwatchError | None = None, *, head: str = ERROR) -> None:
    # Here, not above: a process that runs for months needs no library for coloured tables.
    from app.cli.console import note, print_json

    if error is not None and "--json" in sys.argv:
        print_json({"error": type(error).__name__, "message": str(error)})
    note(text, head=head)


def _commands() -> "typer.Typer":
    if sys.argv[1:2] and sys.argv[1] in LIVE:
        from app.cli.live_command import app
    else:
        from app.cli.main import app
    return app
