"""Vibration of the drive-end housing: turning parts, magnetic pull, impacts, broadband noise.

Angles in, acceleration in m/s2 out. Every fault is added to the same healthy signal, sample for
sample, so that a level in dB can be measured as what the fault adds.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.simulator.fault import severity_at
from sensors.simulator.frame import Frame, knots
from sensors.simulator.impacts import impacts
from sensors.simulator.plant import ChunkSource, Plant, chunk_size
from sensors.simulator.shaping import PASSBAND, coloured_noise, design, structure
from sensors.simulator.streams import Stream, generator
from sensors.simulator.tones import (
    AXES,
    FAULTY,
    HEALTHY,
    Tone,
    Velocities,
    accelerations,
    add_up,
    below,
    blade_velocities,
    broken_bar_velocities,
)
from sensors.simulator.wander import Wander

FloatArray = npt.NDArray[np.float64]

# How much machines of one make differ (natural logarithm).
SCATTER = 0.12
# Way of an impact into each direction.
IMPACT_GAINS = {"x": 1.0, "y": 0.8, "z": 0.5}
# Dry contact raises broadband noise by this factor at severity 1.
DRY_NOISE = 4.0
# Broadband noise at no load, as a share of that at rated load.
NOISE_AT_REST = 0.85
RATTLE = 0.25


def vibration(plant: Plant, rate_hz: float, axes: Sequence[str]) -> ChunkSource:
    """Return the function from a chunk's index to accelerations, shape (axes, chunk size)."""
    frame_at = plant.frames(rate_hz)
    parts = [_axis(plant, rate_hz, axis) for axis in axes]
    gains = np.array([IMPACT_GAINS[axis] for axis in axes])
    struck = impacts(plant, rate_hz)

    def chunk(index: int) -> FloatArray:
        frame = frame_at(index)
        rows = np.stack([part(frame) for part in parts])
        return rows + np.multiply.outer(gains, struck(frame)) if struck else rows

    return chunk


def _axis(plant: Plant, rate_hz: float, axis: str) -> Callable[[Frame], FloatArray]:
    """Return one axis' healthy signal with all faults but bearing impacts."""
    seed, member = plant.scenario.seed, AXES.index(axis)
    shape = design(
        structure(plant.scenario.modes, rate_hz), rate_hz=rate_hz, size=chunk_size(rate_hz)
    )
    noise = coloured_noise(seed, Stream.VIBRATION_NOISE, member, shape)
    random = generator(seed, Stream.HEALTHY_TONES, member)
    healthy = _tones(plant, HEALTHY, axis, rate_hz, random)
    faulty = [
        (fault, _tones(plant, added, axis, rate_hz, _fault_random(plant, index, member)))
        for index, fault in enumerate(plant.scenario.faults)
        if (added := _velocities(plant, fault.condition))
    ]
    rattle = Wander.draw(
        generator(seed, Stream.FAULT_WANDER, member), deviation=RATTLE, band_hz=(0.3, 8.0)
    )

    def signal(frame: Frame) -> FloatArray:
        total = add_up(frame, healthy).real + _noise_gain(plant, frame) * noise(frame.index)
        for fault, tones in faulty:
            severity = severity_at(fault, frame.t_s)
            if severity.any():
                swing = _swing(rattle, frame) if fault.condition is Condition.LOOSENESS else 1.0
                total += severity * swing * add_up(frame, tones).real
        return total

    return signal


def _tones(
    plant: Plant, velocities: Velocities, axis: str, rate_hz: float, random: np.random.Generator
) -> list[Tone]:
    at = {"shaft_hz": plant.shaft_hz, "line_hz": plant.line_hz}
    tones = accelerations(velocities, axis, random, scatter=SCATTER, **at)
    return below(tones, PASSBAND * rate_hz, **at)


def _fault_random(plant: Plant, index: int, member: int) -> np.random.Generator:
    return generator(plant.scenario.seed, Stream.FAULT_TONES, index * len(AXES) + member)


def _velocities(plant: Plant, condition: Condition) -> Velocities:
    special: Mapping[Condition, Velocities] = {
        Condition.BROKEN_ROTOR_BAR: broken_bar_velocities(plant.kinematics.pole_pairs),
        Condition.BLADE_FAULT: blade_velocities(plant.scenario.fan_blades),
    }
    return special.get(condition) or FAULTY.get(condition, {})


def _noise_gain(plant: Plant, frame: Frame) -> FloatArray:
    gain = NOISE_AT_REST + (1 - NOISE_AT_REST) * frame.load
    for fault in plant.scenario.faults:
        if fault.condition is Condition.LUBRICATION:
            gain = gain * (1 + DRY_NOISE * severity_at(fault, frame.t_s))
    return plant.scenario.noise.vibration_mps2 * gain


def _swing(rattle: Wander, frame: Frame) -> FloatArray:
    at = knots(frame.t_s[0], frame.t_s[-1])
    return 1 + np.interp(frame.t_s, at, rattle.at(at))
