"""Stage 2 in a live process: opened as configured, silent where its runtime is not installed."""

import logging
from contextlib import ExitStack
from pathlib import Path

from app.stage2 import Stage2, open_stage2, runtime_is_here
from models.accelerator.config import AcceleratorConfig, load_config

log = logging.getLogger(__name__)


def open_live_stage2(choice: str, accelerator: str | None, stack: ExitStack) -> Stage2 | None:
    """Start stage 2; the stack closes it.

    Parameters
    ----------
    choice : str
        ``auto``, ``off`` or the path of a release.
    accelerator : str or None
        Settings of `models.accelerator.config.AcceleratorConfig`.
    stack : ExitStack
        Of the process.

    Raises
    ------
    BadConfig, MissingDependency, BadRelease, BadModel, BackendLost
        It is asked for and cannot run.
    """
    if choice == "off":
        return None
    config = AcceleratorConfig() if accelerator is None else load_config(Path(accelerator))
    if choice == "auto" and accelerator is None and not runtime_is_here(config):
        log.warning("stage 2 is silent: install motorwatch[stage2] for its runtime")
        return None
    return stack.enter_context(open_stage2(None if choice == "auto" else Path(choice), config))
