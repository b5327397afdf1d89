"""A small bearing data set on disk: planted impacts, one file a recording, and its manifest."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from impacts import BEARING, RATE_HZ, impacts

from sensors.recordings.library import load_recordings
from sensors.recordings.recording import Recording

SPEED_RPM = 1740.0
ORDERS = {
    "healthy": (3.585, None, 0.0),
    "bearing_outer_race": (BEARING.bpfo * 0.992, None, 8.0),
    "bearing_inner_race": (BEARING.bpfi * 0.992, 1.0, 8.0),
}
"""Order of the impacts, what modulates them, and their height."""
HEAD = """
schema = 1
name = "planted"
title = "planted"
source = "made"
licence = "none"

[defaults]
rate_hz = {rate}
speed_rpm = {rpm}
motor = {{ motor_id = "planted" }}
pattern = '(?P<rig>[a-z]+)_(?P<unit>[a-z]+\\d+)_(?P<load>\\d)\\.npz$'
unit_id = "{{unit}}"
group = "{{rig}}"
load = {{ group = "load", scale = 0.5 }}
channels = [
    {{ column = "vib", name = "vib", sense = "vibration", unit = "m/s2", position = "DE" }},
]
[[defaults.bearings]]
name = "6205"
rolling_elements = 9
element_diameter_mm = 7.94
pitch_diameter_mm = 39.04
source = "test"
"""
ENTRY = """
[[recordings]]
files = "*_{short}*.npz"
labels = ["{label}"]
"""
SHORT = {"healthy": "n", "bearing_outer_race": "o", "bearing_inner_race": "i"}


def planted(seed: int, label: str, seconds: float = 4.0) -> np.ndarray:
    """Vibration with the impacts of a label."""
    order, modulation, height = ORDERS[label]
    return impacts(order, seed=seed, seconds=seconds, modulation_order=modulation, height=height)


def write_set(
    folder: Path, files: Sequence[tuple[str, str, str, int]], seconds: float = 4.0
) -> tuple[Recording, ...]:
    """Write (rig, label, number, load) files that hold what their label says, and load them."""
    for seed, (rig, label, number, load) in enumerate(files):
        path = folder / f"{rig}_{SHORT[label]}{number}_{load}.npz"
        np.savez(path, vib=planted(seed, label, seconds))
    labels = dict.fromkeys(label for _, label, _, _ in files)
    text = HEAD.format(rate=RATE_HZ, rpm=SPEED_RPM)
    text += "".join(ENTRY.format(short=SHORT[label], label=label) for label in labels)
    (folder / "manifest.toml").write_text(text)
    return load_recordings([folder])
