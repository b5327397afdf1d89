"""Stator currents of a squirrel-cage motor on the line: what faults write into them.

The fundamental follows the load (a magnetising and an active part); rotor faults turn with the
slip, air-gap faults with the shaft, stator and supply faults against the field.

Sources for the lines: W. T. Thomson and M. Fenger, "Current signature analysis to detect
induction motor faults", IEEE Ind. Appl. Mag. 7(4), 2001, 26-34 (broken bars at f (1 +- 2 k s),
eccentricity at f +- fr and at slot lines); levels after DOMAIN's rule of thumb, about -54 dB
sound and -40 dB broken for the lower sideband.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.motor import Nameplate
from sensors.simulator.fault import severities
from sensors.simulator.frame import Frame, knots
from sensors.simulator.plant import ChunkSource, Plant, chunk_size
from sensors.simulator.rotor import rotor_lines
from sensors.simulator.streams import Stream, generator
from sensors.simulator.supply import PHASES, Components, harmonics, negative_voltage

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

# Saturation and the supply's own harmonics, as a fraction of rated current.
CURRENT_HARMONICS = {3: 0.006, 5: 0.020, 7: 0.012, 11: 0.004, 13: 0.003}
# Magnetising share of rated current, typical of four-pole motors of 5 to 15 kW.
MAGNETISING = 0.45
# Typical full-load power factor times efficiency, for a rated current that is not given.
FACTOR_TIMES_EFFICIENCY = 0.85 * 0.885
# I2/I_rated per V2/V1: rated over negative-sequence impedance, mostly inductive.
NEGATIVE_ADMITTANCE = 7.0 * np.exp(-1.4j)
# I2/I_rated of an inter-turn short of severity 1, and the rise of I1 that feeds it.
INTER_TURN_I2 = 0.12
INTER_TURN_I1 = 0.05


def rated_current_a(plate: Nameplate) -> float:
    """Return the rated line current, from the nameplate or, lacking it, from power and voltage."""
    if plate.rated_current_a is not None:
        return plate.rated_current_a
    assert plate.rated_kw is not None and plate.rated_voltage_v is not None
    return 1e3 * plate.rated_kw / (math.sqrt(3) * plate.rated_voltage_v * FACTOR_TIMES_EFFICIENCY)


def relative_current(load: FloatArray) -> FloatArray:
    """Return the RMS current over rated current at a load: active and magnetising part."""
    active = math.sqrt(1 - MAGNETISING**2) * load
    return np.hypot(MAGNETISING, active)


def currents(plant: Plant, rate_hz: float, phases: Sequence[str]) -> ChunkSource:
    """Return the function from a chunk's index to line currents, shape (phases, chunk size)."""
    seed, size = plant.scenario.seed, chunk_size(rate_hz)
    rated = rated_current_a(plant.scenario.motor.nameplate)
    noise = plant.scenario.noise.power_fraction * rated
    rows = [PHASES.index(phase) for phase in phases]
    frame_at, components = plant.frames(rate_hz), _components(plant, rate_hz)

    def chunk(index: int) -> FloatArray:
        frame = frame_at(index)
        lines = _open_phase(plant, frame, np.sqrt(2) * rated * components(frame).phases())
        hiss = [
            generator(seed, Stream.CURRENT_NOISE, row, index).standard_normal(size) for row in rows
        ]
        return lines[rows] + noise * np.stack(hiss)

    return chunk


def _components(plant: Plant, rate_hz: float) -> Callable[[Frame], Components]:
    """Return the function from a frame to currents in units of rated current."""
    random = generator(plant.scenario.seed, Stream.SUPPLY, 2)
    angles = {order: np.exp(2j * np.pi * random.random()) for order in CURRENT_HARMONICS}
    rotor = rotor_lines(plant, rate_hz)
    active, faults = np.sqrt(1 - MAGNETISING**2), plant.scenario.faults

    def components(frame: Frame) -> Components:
        torque = active * frame.load * _torque_swing(plant, frame)
        rough = harmonics(frame, CURRENT_HARMONICS, angles)
        shorted = severities(faults, Condition.STATOR_INTER_TURN, frame.t_s)
        positive = (torque - 1j * MAGNETISING) * (1 + INTER_TURN_I1 * shorted) * frame.line
        positive += active * frame.load * rotor(frame) + rough.positive
        negative = NEGATIVE_ADMITTANCE * negative_voltage(plant, frame) + INTER_TURN_I2 * shorted
        return Components(positive, negative * frame.line + rough.negative)

    return components


def _torque_swing(plant: Plant, frame: Frame) -> FloatArray:
    at = knots(frame.t_s[0], frame.t_s[-1])
    angles = {
        "Hz": lambda: at,
        "shaft": lambda: plant.kinematics.revolutions(at),
        "slip": lambda: plant.kinematics.slip_cycles(at),
    }
    swing = np.ones(frame.t_s.size)
    for oscillation in plant.scenario.load_oscillations:
        cycles = oscillation.frequency * angles[oscillation.unit]()
        swing += oscillation.amplitude * np.cos(2 * np.pi * np.interp(frame.t_s, at, cycles))
    return swing


def _open_phase(plant: Plant, frame: Frame, lines: FloatArray) -> FloatArray:
    """Open phase a by degrees: b and c then carry one current, sqrt(3) times as large."""
    opened = severities(plant.scenario.faults, Condition.SINGLE_PHASING, frame.t_s)
    if not opened.any():
        return lines
    opened = np.minimum(opened, 1.0)
    shared = lines[1:] + lines[0] * opened / 2
    return np.vstack((lines[0] * (1 - opened), (1 + opened) * shared))
