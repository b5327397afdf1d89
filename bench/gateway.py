"""Memory of a gateway that judges captures of all senses, by physics and by stage 2.

The captures are written here; `bench.gateway_probe` then takes them one by one in a fresh process.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from app.capture_message import encode_capture
from bench.gateway_probe import MOTOR, Taken
from bench.replay import ONE_THREAD
from sensors.conditions import Condition
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario

SECONDS = 10.0
FAULTS = (
    None,
    Condition.BEARING_OUTER_RACE,
    Condition.UNBALANCE,
    Condition.BROKEN_ROTOR_BAR,
    Condition.BEARING_INNER_RACE,
    Condition.LOOSENESS,
)
"""One capture each."""


def run() -> dict[str, float]:
    """Measure, and return the figures by their published names."""
    with tempfile.TemporaryDirectory() as folder:
        for number, condition in enumerate(FAULTS):
            write_capture(Path(folder), number, condition)
        return figures(probe(Path(folder)))


def write_capture(folder: Path, number: int, condition: Condition | None) -> None:
    """Write ten seconds of x, y, z, microphone, three currents and temperature."""
    faults = () if condition is None else (Fault(condition=condition, severity=0.5),)
    scenario = msgspec.structs.replace(
        load_scenario("healthy"),
        seed=number,
        duration_s=SECONDS,
        vibration_axes=("x", "y", "z"),
        current_phases=("a", "b", "c"),
        faults=faults,
    )
    reader = SimulatorReader(scenario, SECONDS)
    capture = reader.read()
    assert capture is not None
    (folder / MOTOR).write_bytes(msgspec.json.encode(reader.motor))
    (folder / f"{number}.capture").write_bytes(encode_capture(capture, "1"))


def probe(folder: Path) -> Taken:
    """Judge the captures of a folder in a process of its own."""
    command = [sys.executable, "-m", "bench.gateway_probe", str(folder)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, check=True)
    return Taken(**json.loads(done.stdout))


def figures(taken: Taken) -> dict[str, float]:
    """Return the published figures.

    Raises
    ------
    RuntimeError
        Nothing was judged, so that the memory is not that of judging.
    """
    if not taken.judged:
        raise RuntimeError("the gateway judged no capture by stage 2; nothing was measured")
    return {"gateway_peak_mb": taken.gateway_mb, "gateway_worker_peak_mb": taken.worker_mb}
