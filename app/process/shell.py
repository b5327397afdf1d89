"""A process from its first line to its last: log, identity, health, signals, main loop.

A role gives what it needs (`checks`) and what it does (`jobs`); everything else is the same for
device, gateway and platform.
"""

import faulthandler
import logging
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from app.process.boot import Boot, open_boot
from app.process.health import HealthConfig, HealthServer
from app.process.job import Job
from app.process.logs import LineHandler, LogConfig, set_up_logs
from app.process.loop import Loop
from app.process.loop_metrics import LoopMetrics
from app.process.meters import Meters
from app.process.notify import Notifier
from app.process.signals import stop_on_signals
from app.process.vitals import Beat, Readiness, Vitals
from sensors.errors import MotorwatchError

log = logging.getLogger(__name__)


class ProcessConfig(Protocol):
    """What the configuration of every role holds."""

    @property
    def site(self) -> str:
        """First level of every topic after the version."""
        ...

    @property
    def state(self) -> str:
        """Folder of the process's own state."""
        ...

    @property
    def stop_within_s(self) -> float:
        """How long a clean end may take."""
        ...

    @property
    def health(self) -> HealthConfig:
        """Where it is watched."""
        ...

    @property
    def log(self) -> LogConfig:
        """How it logs."""
        ...


@dataclass(frozen=True, slots=True)
class Shell:
    """What a role gets from its process.

    Attributes
    ----------
    role, site : str
        Who it is.
    boot : Boot
        Which start of it.
    meters : Meters
        For its metrics.
    readiness : Readiness
        For its checks.
    wake : callable
        Makes a job due at once, by its name, from any thread.
    stop : callable
        Ends the process in order, with a reason.
    """

    role: str
    site: str
    boot: Boot
    meters: Meters
    readiness: Readiness
    wake: Callable[[str], None]
    stop: Callable[[str], None]


def run_process(
    role: str,
    config: ProcessConfig,
    *,
    checks: Sequence[str],
    jobs: Callable[[Shell], Sequence[Job]],
) -> int:
    """Run a role until a signal, its end or its failure; return the exit code.

    Parameters
    ----------
    role : str
        ``device``, ``gateway``, ``platform`` or ``up``.
    config : ProcessConfig
        The role's own configuration.
    checks : sequence of str
        Names of what must be there for `/readyz`.
    jobs : callable
        Makes the role's jobs; what it raises ends the process.

    Raises
    ------
    BadConfig
        Another process has the state folder; all later errors are logged, and their exit code
        returned.
    """
    faulthandler.enable()
    with ExitStack() as stack:
        boot = stack.enter_context(open_boot(Path(config.state)))
        facts = {"role": role, "site": config.site, "boot_id": boot.boot_id}
        lines = set_up_logs(config.log, facts=facts)
        stack.callback(lines.close)
        if boot.note:
            log.error("%s", boot.note)
        try:
            code = _run(role, config, boot, lines, checks, jobs)
        except MotorwatchError as error:
            log.error("%s: %s", type(error).__name__, error)
            code = error.exit_code
        log.info("ended with exit code %d", code)
        return code


def _run(
    role: str,
    config: ProcessConfig,
    boot: Boot,
    lines: LineHandler,
    checks: Sequence[str],
    jobs: Callable[[Shell], Sequence[Job]],
) -> int:
    meters = Meters(role=role, site=config.site, boot_id=boot.boot_id, version=own_version())
    counts = LoopMetrics(meters)

    def keep_house() -> None:
        lines.report_left_out()
        counts.left_out(lines.take_left_out())

    beat, readiness = Beat(config.health.alive_s), Readiness(checks)
    meters.watch("beat_age_seconds", "Since the main loop last came round.", lambda: beat.age_s)
    notifier = Notifier.from_environment()
    loop = Loop(beat=beat, notifier=notifier, metrics=counts, on_beat=keep_house)
    # From here on a signal ends the process in order, even while jobs are being made.
    with (
        stop_on_signals(loop.stop, config.stop_within_s),
        HealthServer(config.health, Vitals(beat, readiness), meters.exposition) as health,
    ):
        host = {"pid": os.getpid(), "host": socket.gethostname(), "version": own_version()}
        log.info("health is told on port %d", health.port, extra=host | {"port": health.port})
        shell = Shell(role, config.site, boot, meters, readiness, loop.wake, loop.stop)
        return loop.run(jobs(shell))


def own_version() -> str:
    """Return the version of this program, or that it is not installed."""
    try:
        return version("motorwatch")
    except PackageNotFoundError:
        return "not installed"
