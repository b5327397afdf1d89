"""The full diagnosis of ten seconds of all four senses, on one thread."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import msgspec

from bench.replay import ONE_THREAD
from models.diagnosis import diagnose
from sensors.conditions import Condition
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario

SECONDS = 10.0
ROUNDS = 5


def run(rounds: int = ROUNDS) -> dict[str, float]:
    """Measure in a process of its own, where nothing else has started threads."""
    command = [sys.executable, "-m", "bench.diagnosis", str(rounds)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, check=True)
    return figures(json.loads(done.stdout))


def figures(spent_s: Sequence[float]) -> dict[str, float]:
    """Return the published figure: the middle one of all rounds over the signal's length."""
    return {"diagnose_four_senses_share": sorted(spent_s)[len(spent_s) // 2] / SECONDS}


def measure(rounds: int) -> list[float]:
    """Diagnose a healthy and a faulty motor: x, y, z, microphone, three currents, temperature."""
    spent = []
    for faults in ((), (Fault(condition=Condition.BEARING_OUTER_RACE, severity=0.5),)):
        scenario = msgspec.structs.replace(
            load_scenario("healthy"),
            duration_s=SECONDS,
            vibration_axes=("x", "y", "z"),
            current_phases=("a", "b", "c"),
            faults=faults,
        )
        reader = SimulatorReader(scenario, SECONDS)
        capture = reader.read()
        assert capture is not None
        diagnose(capture, reader.motor)
        for _ in range(rounds):
            start = time.process_time()
            diagnose(capture, reader.motor)
            spent.append(time.process_time() - start)
    return spent


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
