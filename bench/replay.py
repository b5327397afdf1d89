"""Replay of an hour of a four-channel motor: how fast, in how much memory, and whether it grows.

A simulated healthy hour is written once; `bench.probe` then replays it with the template release
in a fresh process, on one thread, once without a store and once into SQLite.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench.probe import Measured
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.recorder import write_recording
from sensors.simulator.scenario import Scenario
from sensors.simulator.scenario_file import load_scenario

SECONDS = 3600.0
WARM_S = 300.0
"""Memory is compared between here and the end."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def run() -> dict[str, float]:
    """Measure, print the table, and return the figures by their published names."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hour.npz"
        write_recording(SimulatorReader(scenario(SECONDS), window_s=1.0), file)
        bare = probe(file, WARM_S)
        stored = probe(file, WARM_S, f"sqlite:///{folder}/plant.db")
    show(bare, stored)
    return figures(bare, stored)


def scenario(seconds: float) -> Scenario:
    """Return the healthy hour, or the beginning of one at steady load."""
    hour = load_scenario("healthy")
    if seconds >= hour.duration_s:
        return hour
    steady = {"load": ((0.0, 0.6), (seconds, 0.6)), "ambient_degc": ((0.0, 20.0), (seconds, 20.0))}
    return msgspec.structs.replace(hour, duration_s=seconds, **steady)


def probe(file: Path, warm_s: float, *store_url: str) -> Measured:
    """Replay a file in a process of its own."""
    command = [sys.executable, "-m", "bench.probe", str(file), str(warm_s), *store_url]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, check=True)
    return Measured(**json.loads(done.stdout))


def figures(bare: Measured, stored: Measured) -> dict[str, float]:
    """Return the published figures. Stage 1 counts with its reports kept in SQLite."""
    both = (bare, stored)
    return {
        "replay_realtime_factor": stage1_factor(stored),
        "replay_with_diagnosis_factor": stored.seconds / stored.cpu_s,
        "replay_without_store_factor": stage1_factor(bare),
        "replay_peak_mb": max(one.peak_mb for one in both),
        "replay_growth_mb": max(one.growth_mb for one in both),
        "diagnose_realtime_share": sum(one.diagnosis_cpu_s for one in both)
        / sum(one.diagnosed_s for one in both),
    }


def stage1_factor(one: Measured) -> float:
    """Return how many times faster than real time stage 1 is: all but the physics diagnosis."""
    return one.seconds / (one.cpu_s - one.diagnosis_cpu_s)


def show(bare: Measured, stored: Measured) -> None:
    """Print the table."""
    table = Table(
        title=f"Replay of {bare.seconds:.0f} s, four channels, processor time, one thread"
    )
    headings = ("", "stage 1, x real time", "with diagnosis", "diagnoses", "ms each")
    for heading in (*headings, "peak MB", "growth MB"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, one in (("nothing kept", bare), ("kept in SQLite", stored)):
        table.add_row(
            name,
            f"{stage1_factor(one):.0f}",
            f"{one.seconds / one.cpu_s:.0f}",
            str(one.diagnoses),
            f"{1e3 * one.diagnosis_cpu_s / max(one.diagnoses, 1):.0f}",
            f"{one.peak_mb:.0f}",
            f"{one.growth_mb:.1f}",
        )
    Console().print(table)
