"""`motorwatch up`: device, gateway and platform in one process, for a first try."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from app.archive.archive import Archive
from app.live.device import device_jobs
from app.live.gateway import GatewayDesk
from app.live.healthy import load_all_healthy
from app.live.link import JOB as LINK
from app.live.link import Link
from app.live.office import Office
from app.live.platform import Recorder
from app.live_config.up import UpConfig
from app.live_source import open_live
from app.process.job import Job
from app.process.shell import Shell, run_process
from app.stage2 import start_stage2
from app.store import open_store
from dsp.features import FeatureSpec
from sensors.errors import BadConfig
from sensors.motor import Motor

RING_MB = 32


def run_up(config: UpConfig) -> int:
    """Run all roles until a signal; return the exit code."""
    motors = _motors(config)
    healthy = load_all_healthy(config.healthy, motors)
    spec = FeatureSpec()

    with ExitStack() as stack:

        def jobs(shell: Shell) -> Sequence[Job]:
            store = stack.enter_context(open_store(config.store))
            for motor in motors.values():
                store.add_motor(motor)
            stage2 = start_stage2(config.stage2, config.accelerator, stack)
            link = Link(shell, config.broker, ring_mb=RING_MB)
            archive = Archive(Path(config.archive), store)
            office = Office(store, link.raw, shell.site, notify=None, retention=None)
            recorder = Recorder(shell, link, store, archive, office, batch=500)
            desk = GatewayDesk(
                shell,
                link,
                motors=motors,
                stage2=stage2,
                position=config.position,
                period_s=spec.hop_s,
                limits=config.limits,
                context=config.context,
                healthy=healthy,
            )
            return [
                Job(LINK, link.begin),
                *recorder.jobs(),
                *desk.jobs(),
                *device_jobs(shell, link, config),
            ]

        return run_process("up", config, checks=("broker", "store"), jobs=jobs)


def _motors(config: UpConfig) -> dict[str, Motor]:
    """Return the motors of all sources, each opened once to see whose signals it holds."""
    spec = FeatureSpec()
    motors: dict[str, Motor] = {}
    for entry in config.motor:
        reader = open_live(entry, window_s=spec.window_s, hop_s=spec.hop_s, now_ns=0)
        motor = reader.motor
        reader.close()
        if motor.motor_id in motors:
            raise BadConfig(
                f"two sources are motor {motor.motor_id!r}: give each a `file` of its own"
            )
        motors[motor.motor_id] = motor
    return motors
