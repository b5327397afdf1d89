"""Starts stage 2 for a command, as far as it is wanted and can run here."""

from contextlib import ExitStack
from pathlib import Path

from app.cli.console import note
from app.stage2 import Stage2, start_stage2
from sensors.errors import BadConfig


def stage2_of(choice: str, accelerator: Path | None, stack: ExitStack) -> Stage2 | None:
    """Start stage 2; the stack closes it.

    Parameters
    ----------
    choice : str
        ``auto``, ``off`` or the path of a release.
    accelerator : Path or None
        Settings of `models.accelerator.config.AcceleratorConfig`.
    stack : ExitStack
        Of the command.

    Raises
    ------
    BadConfig
        Settings of an accelerator, though stage 2 is off; or a release that is not there.
    MissingDependency, BadRelease, BadModel, BackendLost
        A release is asked for and cannot be run.
    """
    if choice == "off":
        if accelerator is not None:
            raise BadConfig("--accelerator has no meaning with --stage2 off; leave one out")
        return None
    if choice != "auto" and not (choice and Path(choice).exists()):
        raise BadConfig(f"--stage2 {choice!r}: neither `auto` nor `off`, and there is no such file")
    return start_stage2(choice, accelerator, stack, note)
