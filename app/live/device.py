"""`motorwatch device`: several motors in one process, each a job of its own."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from app.commands import Command
from app.live.link import JOB, Link
from app.live.motor import LiveMotor, Station, open_motor
from app.live_config.device import DeviceConfig
from app.live_config.sources import MotorEntry
from app.live_config.up import UpConfig
from app.messages import decode
from app.process.job import Job
from app.process.role_metrics import DeviceMetrics
from app.process.shell import Shell, run_process
from app.roles.device import Identity
from app.seldom import is_worth_saying
from app.template import template_release
from app.topics import pattern
from app.transfer.sender import CaptureSender
from dsp.features import FeatureSpec
from models.release import Release, load_release
from sensors.errors import BadMessage, SpecMismatch

log = logging.getLogger(__name__)


def run_device(config: DeviceConfig) -> int:
    """Run a device until a signal; return the exit code."""

    def jobs(shell: Shell) -> Sequence[Job]:
        link = Link(shell, config.broker, ring_mb=config.ring_mb)
        return [Job(JOB, link.begin), *device_jobs(shell, link, config)]

    return run_process("device", config, checks=("broker",), jobs=jobs)


def device_jobs(shell: Shell, link: Link, config: DeviceConfig | UpConfig) -> list[Job]:
    """Return one job for each motor of a device.

    Raises
    ------
    BadRelease, SpecMismatch
        The release cannot be used.
    """
    spec, release = FeatureSpec(), _release(config.release)
    if release.spec_id != spec.spec_id:
        raise SpecMismatch(
            f"release {release.release_id[:12]} reads features of spec {release.spec_id}, this "
            f"version makes spec {spec.spec_id}; train a release with this version"
        )
    sender = CaptureSender(link.bus, shell.site)
    link.also(sender.pump, sender.link_up)
    station = Station(
        bus=link.bus,
        sender=sender,
        identity=Identity(shell.site, shell.boot.boot_id),
        spec=spec,
        release=release,
        schedule_s=config.schedule_s,
        state=Path(config.state),
        metrics=DeviceMetrics(shell.meters),
    )
    crew = Crew(station)
    link.bus.subscribe(pattern("cmd", shell.site), crew.on_command)
    return [
        Job(f"motor {place}", partial(crew.begin, place, entry))
        for place, entry in enumerate(config.motor, start=1)
    ]


class Crew:
    """The motors at work in a process: begun anew after an error, given orders by name."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._at_work: dict[int, LiveMotor] = {}
        self.refused = 0

    def begin(self, place: int, entry: MotorEntry) -> LiveMotor:
        """Begin a motor, or begin it anew: it goes on with what it was before.

        Raises
        ------
        BadConfig
            Another place has a motor of that name: both would write the same files and numbers.
        MotorwatchError
            A file that the entry names cannot be used.
        """
        others = {m.motor.motor_id: at for at, m in self._at_work.items() if at != place}
        self._at_work[place] = open_motor(
            self._station, entry, place=place, before=self._at_work.get(place), others=others
        )
        return self._at_work[place]

    def on_command(self, where: str, payload: bytes) -> None:
        """Give an operator's command to the motor that it names."""
        try:
            command = decode(where, payload)
        except BadMessage as error:
            self.refused += 1
            if is_worth_saying(self.refused):
                log.warning("command refused (%d so far): %s", self.refused, error)
            return
        assert isinstance(command, Command), "the topic decides the kind"
        for motor in self._at_work.values():
            if motor.motor.motor_id == command.motor_id:
                motor.obey(command)


def _release(path: str | None) -> Release:
    return template_release() if path is None else load_release(Path(path))
