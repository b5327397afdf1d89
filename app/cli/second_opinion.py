"""Starts stage 2 for a command, as far as it is wanted and can run here."""

from contextlib import ExitStack
from pathlib import Path

from app.cli.console import note
from app.stage2 import Stage2, open_stage2, runtime_is_here
from models.accelerator.config import AcceleratorConfig, load_config
from models.accelerator.status import Event
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
    config = AcceleratorConfig() if accelerator is None else load_config(accelerator)
    if choice == "auto" and accelerator is None and not runtime_is_here(config):
        note("stage 2 is silent: its runtime is not installed (pip install 'motorwatch[stage2]')")
        return None
    stage2 = open_stage2(None if choice == "auto" else Path(choice), config, tell)
    return stack.enter_context(stage2)


def tell(event: Event) -> None:
    """Say on screen that the backend has changed."""
    note(f"stage 2: {event.text}")
