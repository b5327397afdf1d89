"""The plant that faults are done to: simulated motors, three processes, a broker, an observer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from live_plant import Plant
from mosquitto_process import Broker

from app.tls import TlsConfig
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.recorder import write_recording
from sensors.simulator.scenario_file import load_scenario

MOTOR = """
[{name}.nameplate]
poles = 4
line_hz = 50.0
rated_kw = 7.5
rated_rpm = 1455.0
rated_current_a = 14.7
rated_voltage_v = 400.0
shaft_height_mm = 132.0
mounting = "rigid"
rotor_bars = 28
[[{name}.bearings]]
name = "6205-2RS JEM SKF"
position = "DE"
"""
SCENARIO = """
name = "sound"
seed = {seed}
duration_s = 120.0
current_phases = ["a"]
vibration_axes = ["x"]
load = [[0.0, 0.75]]
ambient_degc = [[0.0, 22.0]]
[rates]
vibration_hz = 12800.0
sound_hz = 12800.0
power_hz = 5000.0
temperature_hz = 1.0
[motor]
motor_id = "{motor_id}"
"""


def scenario_file(folder: Path, motor_id: str, seed: int) -> Path:
    """Write a scenario of a healthy motor, and return its path."""
    path = folder / f"scenario-{seed}.toml"
    head = SCENARIO.format(seed=seed, motor_id=motor_id)
    path.write_text(head + MOTOR.format(name="motor"))
    return path


def recorded(folder: Path, seconds: float) -> Path:
    """Record a simulated motor beforehand."""
    path = folder / "recorded.npz"
    scenario = load_scenario(str(scenario_file(folder, "recorded", 99)))
    run = msgspec.structs.replace(scenario, duration_s=seconds)
    write_recording(SimulatorReader(run, 1.0), path)
    return path


def simulated_plant(
    folder: Path,
    broker: Broker,
    motor_ids: tuple[str, ...],
    *,
    speed: float,
    site: str = "local",
    tls: Mapping[str, TlsConfig] = {},
    names: Mapping[str, str] = {},
    url: str | None = None,
    port: int | None = None,
    played: Path | None = None,
) -> Plant:
    """Return a plant of healthy motors that run for ever, not yet started.

    Parameters
    ----------
    folder : Path
        For everything.
    broker : Broker
        Which runs.
    motor_ids : tuple of str
        One motor each, all alike but for their noise.
    speed : float
        Multiple of real time.
    site, tls, names, url
        As `Plant` has them.
    port : int or None
        Where the processes find the broker, if not at its own port.
    played : Path or None
        Play what `recorded` wrote, the same for all, over and over, so that a device does what it
        does in the field and no more; None simulates in the device's own process.
    """
    sources, files = [], []
    for place, motor_id in enumerate(motor_ids):
        own = folder / f"motor-{place}.toml"
        own.write_text(f'motor_id = "{motor_id}"\n' + MOTOR.replace("{name}.", ""))
        files.append(own)
        if played is None:
            what = f'kind = "simulator", scenario = "{scenario_file(folder, motor_id, place)}"'
        else:
            beside = played.parent / "manifest.toml"
            what = f'kind = "recording", path = "{played}", manifest = "{beside}"'
        sources.append(
            f'[[motor]]\nfile = "{own}"\nsource = {{ {what}, speed = {speed}, loop = true }}'
        )
    return Plant(
        folder,
        broker.host,
        port or broker.port,
        site=site,
        motors=sources,
        files=files,
        tls=tls,
        names=names,
        url=url,
    )


@contextmanager
def running(plant: Plant) -> Iterator[Plant]:
    """Start a plant, and kill whatever of it still runs at the end."""
    try:
        plant.start()
        yield plant
    finally:
        plant.close()
