"""`motorwatch gateway`: diagnoses, alarms, and the way of raw captures to the archive."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from app.alarms.event import AlarmEvent
from app.alarms.rules import ALARM_RULES, load_alarm_rules
from app.known_health import KnownHealth
from app.live.alarm_desk import AlarmDesk
from app.live.context import LiveContext
from app.live.diagnosing import JOB as DIAGNOSES
from app.live.diagnosing import Diagnosing
from app.live.healthy import load_all_healthy
from app.live.link import JOB as LINK
from app.live.link import Link
from app.live.neighbours import neighbour_jobs
from app.live_config.gateway import GatewayConfig
from app.messages import DiagnosisMessage
from app.process.job import Job
from app.process.role_metrics import GatewayMetrics
from app.process.shell import Shell, run_process
from app.roles.gateway import Diagnoser
from app.stage2 import Stage2, start_stage2
from app.transfer.receiver import CaptureReceiver
from app.transfer.sender import CaptureSender
from models.plant import load_plant
from sensors.errors import BadConfig
from sensors.motor import Motor
from sensors.motor_file import load_motor

ALARMS = "alarms"


def run_gateway(config: GatewayConfig) -> int:
    """Run a gateway until a signal; return the exit code."""
    motors = configured_motors(config.motors)
    healthy = load_all_healthy(config.healthy, motors)

    with ExitStack() as stack:

        def jobs(shell: Shell) -> Sequence[Job]:
            stage2 = start_stage2(config.stage2, config.accelerator, stack)
            link = Link(shell, config.broker, ring_mb=config.ring_mb)
            desk = GatewayDesk(
                shell,
                link,
                motors=motors,
                stage2=stage2,
                position=config.position,
                period_s=config.period_s,
                limits=config.limits,
                alarms=config.alarms,
                context=config.context,
                healthy=healthy,
            )
            others = neighbour_jobs(shell, link, config, motors)
            return [Job(LINK, link.begin), *desk.jobs(), *others]

        return run_process("gateway", config, checks=("broker",), jobs=jobs)


class GatewayDesk:
    """Everything a gateway does, on the link of its process.

    Parameters
    ----------
    shell, link
        Of the process.
    motors : mapping of str to Motor
        By motor_id.
    stage2 : Stage2 or None
        Gives a second opinion; whoever opened it closes it.
    position : str
        Operator position.
    period_s : float
        How often each motor reports.
    limits, alarms : str or None
        The plant's own rules.
    context : str or None
        The plant's own measurements.
    healthy : mapping of str to KnownHealth, optional
        What is known of motors in health, by motor_id.
    """

    def __init__(
        self,
        shell: Shell,
        link: Link,
        *,
        motors: Mapping[str, Motor],
        stage2: Stage2 | None,
        position: str,
        period_s: float,
        limits: str | None = None,
        alarms: str | None = None,
        context: str | None = None,
        healthy: Mapping[str, KnownHealth] | None = None,
    ) -> None:
        self._metrics = GatewayMetrics(shell.meters)
        self._context = (
            None if context is None else LiveContext(Path(context), motors, self._metrics)
        )
        archive = CaptureSender(link.bus, shell.site, leg="archive")
        link.also(archive.pump, archive.link_up)
        self._desk = AlarmDesk(
            link.bus,
            site=shell.site,
            position=position,
            boot_id=shell.boot.boot_id,
            periods_s=dict.fromkeys(motors, period_s),
            rules=load_alarm_rules(ALARM_RULES if alarms is None else Path(alarms)),
            connected=lambda: link.connected,
            told=self._on_event,
        )
        self._diagnosing = Diagnosing(
            Diagnoser(
                motors,
                load_plant(None if limits is None else Path(limits)),
                stage2,
                None if self._context is None else self._context.join,
                healthy,
            ),
            publish=link.bus.publish,
            told=self._on_diagnosis,
            archive=archive,
            wake=partial(shell.wake, DIAGNOSES),
        )
        self._receiver = CaptureReceiver(
            link.bus, self._diagnosing.take, knows=self._diagnosing.knows
        )

    def jobs(self) -> list[Job]:
        """Return the jobs of a gateway."""
        return [
            Job(DIAGNOSES, lambda: self._diagnosing, deadline_s=30.0),
            Job(ALARMS, lambda: _Ticking(self._desk, self._receiver, self._metrics)),
            *([] if self._context is None else self._context.jobs),
        ]

    def _on_diagnosis(self, message: DiagnosisMessage) -> None:
        self._metrics.diagnosed(message.motor_id, message.backend, message.latency_ms / 1000)
        self._desk.hear(message)

    def _on_event(self, event: AlarmEvent) -> None:
        if event.event == "raised":
            self._metrics.raised(event.motor_id)
            if event.group is not None:
                self._metrics.held_back()


class _Ticking:
    """Lets time pass for alarms and transfers, and tells what stands."""

    def __init__(self, desk: AlarmDesk, receiver: CaptureReceiver, metrics: GatewayMetrics) -> None:
        self._desk, self._receiver, self._metrics = desk, receiver, metrics

    def step(self) -> float:
        """Do so."""
        pause = self._desk.step()
        self._receiver.tick()
        board = self._desk.board
        if board is not None:
            states = board.motors.values()
            self._metrics.standing(
                alarms_open=sum(len(state.alarms) for state in states),
                motors_stale=sum(not state.online for state in states),
            )
        return pause

    def close(self) -> None:
        """Leave the last states on the bus."""
        self._desk.close()


def configured_motors(where: str | tuple[str, ...]) -> dict[str, Motor]:
    """Return the motors of a folder of motor.toml files, or of a list of such files.

    Raises
    ------
    BadConfig
        There is none, a file cannot be used, or two bear one name.
    """
    paths = [Path(one) for one in where] if isinstance(where, tuple) else _in_folder(Path(where))
    motors: dict[str, Motor] = {}
    for path in paths:
        motor = load_motor(path)
        if motor.motor_id in motors:
            raise BadConfig(f"{path}: a second motor {motor.motor_id!r}; names must differ")
        motors[motor.motor_id] = motor
    return motors


def _in_folder(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    found = sorted(folder.glob("*.toml"))
    if not found:
        raise BadConfig(
            f"{folder}: no motor files (*.toml) there; `motorwatch motor` prints one to fill in"
        )
    return found
