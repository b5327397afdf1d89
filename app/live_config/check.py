"""Whether what a configuration names is there and fits: every file that can be read is read."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from app.alarms.rules import load_alarm_rules
from app.context.config import load_context
from app.interlock.config import check_motor, load_interlock
from app.live.healthy import load_all_healthy
from app.live_config.device import DeviceConfig
from app.live_config.gateway import GatewayConfig
from app.live_config.healthy import HealthyFiles
from app.live_config.load import LiveConfig
from app.live_config.own_certificate import check_identity, expiring
from app.live_config.platform import PlatformConfig
from app.live_config.sections import Broker
from app.live_config.sources import MotorEntry, RecordingSource, Simulator, named_twice
from app.live_config.up import UpConfig
from app.tls import client_context
from models.accelerator.config import load_config as load_accelerator
from models.plant import load_plant
from models.release import load_release
from models.stage2.release import load_stage2
from sensors.errors import BadConfig, MotorwatchError
from sensors.motor import Motor
from sensors.motor_file import load_motor
from sensors.recordings.library import load_recordings
from sensors.simulator.scenario_file import load_scenario

Look = tuple[str, Callable[[], object]]
"""A key, and what fails where its value is of no use."""


def problems(config: LiveConfig) -> list[str]:
    """Return all that would keep a process of this configuration from its work."""
    said = []
    seen: dict[str, str] = {}
    for key, look in [*_motors(config), *_files(config)]:
        try:
            found = look()
        except MotorwatchError as error:
            said.append(f"{key}: {error}")
            continue
        if isinstance(found, Motor):
            first = seen.setdefault(found.motor_id, key)
            if first != key:
                said.append(named_twice(found.motor_id, key, first))
    return said


def warnings(config: LiveConfig, now_ns: int) -> list[str]:
    """Return what will keep a process from its work before long: certificates that expire.

    Parameters
    ----------
    config : LiveConfig
        Of any role.
    now_ns : int
        UTC, nanoseconds.
    """
    return [
        f"{key}.tls: {said}"
        for key, broker in _brokers(config)
        if broker.tls is not None
        for said in expiring(broker.tls, now_ns)
    ]


def motor_files(named: str | tuple[str, ...]) -> tuple[Path, ...]:
    """Return the motor files that a folder or a list names.

    Raises
    ------
    BadConfig
        The folder is missing or holds none.
    """
    if not isinstance(named, str):
        return tuple(map(Path, named))
    found = tuple(sorted(Path(named).glob("*.toml")))
    if not found:
        raise BadConfig(
            f"motors = {named!r}: no such folder, or no .toml file in it; "
            "`motorwatch motor` prints one to fill in"
        )
    return found


def motor_of(entry: MotorEntry) -> Motor:
    """Return the motor of one entry: its file's, or else its source's own.

    Raises
    ------
    MotorwatchError
        A file that it names cannot be used.
    """
    own = None if entry.file is None else load_motor(Path(entry.file))
    match entry.source:
        case Simulator(scenario=name):
            motor = load_scenario(name).motor
        case RecordingSource(path=path, manifest=manifest):
            motor = load_recordings([Path(path)], manifest=manifest, motor=own)[0].motor
        case other:
            raise BadConfig(f"no driver for {other}")
    motor = own or motor
    if entry.interlock is not None:
        check_motor(load_interlock(Path(entry.interlock)), motor)
    return motor


def _motors(config: LiveConfig) -> Iterator[Look]:
    if isinstance(config, DeviceConfig | UpConfig):
        for number, entry in enumerate(config.motor, start=1):
            yield f"motor, entry {number}", partial(motor_of, entry)
    elif isinstance(config, GatewayConfig):
        try:
            files = motor_files(config.motors)
        except BadConfig as error:
            yield "motors", partial(_refuse, error)
            return
        for number, path in enumerate(files, start=1):
            yield f"motors, entry {number}", partial(load_motor, path)


def _files(config: LiveConfig) -> Iterator[Look]:
    for key, broker in _brokers(config):
        if broker.tls is not None:
            yield f"{key}.tls", partial(client_context, broker.tls)
    if config.broker is not None:
        role = str(config.__struct_config__.tag)
        yield "broker.name", partial(check_identity, role, config.broker)
    named: list[tuple[str, str | None, Callable[[Path], object]]] = []
    if isinstance(config, DeviceConfig | UpConfig):
        named += [("release", config.release, load_release)]
    if isinstance(config, GatewayConfig | UpConfig):
        own = None if config.stage2 in ("auto", "off") else config.stage2
        named += [("stage2", own, load_stage2), ("limits", config.limits, load_plant)]
        named += [("accelerator", config.accelerator, load_accelerator)]
        named += [("context", config.context, load_context)]
    if isinstance(config, GatewayConfig):
        named += [("alarms", config.alarms, load_alarm_rules)]
    if isinstance(config, PlatformConfig):
        named += [("retention", config.retention, _there), ("notify", config.notify, _there)]
    if isinstance(config, GatewayConfig | UpConfig):
        for name, files in config.healthy.items():
            yield f"healthy.{name}", partial(_look_at_health, config, name, files)
    yield from ((key, partial(look, Path(p))) for key, p, look in named if p is not None)


def _look_at_health(config: LiveConfig, name: str, files: HealthyFiles) -> None:
    motors = {}
    for _, look in _motors(config):
        with contextlib.suppress(MotorwatchError):  # said as a problem of its own
            found = look()
            if isinstance(found, Motor):
                motors[found.motor_id] = found
    load_all_healthy({name: files}, motors)


def _brokers(config: LiveConfig) -> Iterator[tuple[str, Broker]]:
    if config.broker is not None:
        yield "broker", config.broker
    sparkplug = config.sparkplug if isinstance(config, GatewayConfig) else None
    if sparkplug is not None and sparkplug.broker is not None:
        yield "sparkplug.broker", sparkplug.broker


def _there(path: Path) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise BadConfig(f"{path}: cannot be read ({error.strerror}); check the path") from error


def _refuse(error: BadConfig) -> None:
    raise error
