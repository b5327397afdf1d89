"""Sound near the motor: the housing's vibration radiated, the fan, and the moving air.

Vibration radiates with ``p = rho c sqrt(S / 2 pi r^2) sigma(f) v``, at 1 m from 0.25 m2 of
housing; radiation efficiency sigma rises with f^2 to 1 above about 800 Hz (F. Fahy and
P. Gardonio, Sound and Structural Vibration, 2nd ed., ch. 3, for small compact bodies).
"""

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.simulator.fault import severities
from sensors.simulator.plant import ChunkSource, Plant, chunk_size
from sensors.simulator.shaping import PASSBAND, coloured_noise, design
from sensors.simulator.streams import Stream, generator
from sensors.simulator.tones import Tone, add_up, below

FloatArray = npt.NDArray[np.float64]

AIR_IMPEDANCE = 413.0
SPREADING = float(np.sqrt(0.25 / (2 * np.pi)))
EFFICIENT_HZ = 800.0
# Peak pressure of the fan's blade pass and its second harmonic, Pa.
BLADE_PASS_PA = (0.012, 0.004)
# Blade pass and its sidebands at +- fr for a broken blade of severity 1, Pa.
BROKEN_BLADE_PA = (0.06, 0.04)
# Sound of moving air falls off above this corner.
AIR_CORNER_HZ = 900.0


def sound(plant: Plant, rate_hz: float, vibration: ChunkSource) -> ChunkSource:
    """Return the function from a chunk's index to sound pressure in Pa, shape (1, chunk size).

    Parameters
    ----------
    plant : Plant
        The machine.
    rate_hz : float
        Samples a second.
    vibration : ChunkSource
        Acceleration of the radiating side at the same rate, shape (chunk size,).
    """
    size = chunk_size(rate_hz)
    seed, frame_at = plant.scenario.seed, plant.frames(rate_hz)
    path = design(radiation, rate_hz=rate_hz, size=size)
    air = coloured_noise(seed, Stream.AIR_NOISE, 0, design(moving_air, rate_hz=rate_hz, size=size))
    random = generator(seed, Stream.FAN)
    blades = 2 * plant.scenario.fan_blades
    whole = _tones(
        plant, rate_hz, random, {blades * (k + 1): p for k, p in enumerate(BLADE_PASS_PA)}
    )
    centre, side = BROKEN_BLADE_PA
    broken = {blades - 2: side, blades: centre, blades + 2: side}
    uneven = _tones(plant, rate_hz, random, broken)

    def chunk(index: int) -> FloatArray:
        frame = frame_at(index)
        pressure = path.run(vibration(index - 1), vibration(index))
        pressure += plant.scenario.noise.sound_pa * air(index) + add_up(frame, whole).real
        broken_by = severities(plant.scenario.faults, Condition.BLADE_FAULT, frame.t_s)
        if broken_by.any():
            pressure += broken_by * add_up(frame, uneven).real
        return pressure[None, :]

    return chunk


def radiation(frequency_hz: FloatArray) -> FloatArray:
    """Return pressure over acceleration, Pa per m/s2, at each frequency."""
    ratio = frequency_hz / EFFICIENT_HZ
    # sigma / (2 pi f), with f cancelled so that nothing is divided by zero at 0 Hz.
    mobility = ratio / (1 + ratio**2) / (2 * np.pi * EFFICIENT_HZ)
    return AIR_IMPEDANCE * SPREADING * mobility


def moving_air(frequency_hz: FloatArray) -> FloatArray:
    """Return the relative magnitude of the sound of moving air: none at 0 Hz, then falling."""
    ratio = frequency_hz / AIR_CORNER_HZ
    return np.sqrt(ratio) / (1 + ratio**1.5)


def _tones(
    plant: Plant, rate_hz: float, random: np.random.Generator, peaks: dict[int, float]
) -> list[Tone]:
    tones = [
        Tone(halves, 0, peak * complex(np.exp(2j * np.pi * random.random())))
        for halves, peak in peaks.items()
    ]
    at = {"shaft_hz": plant.shaft_hz, "line_hz": plant.line_hz}
    return below(tones, PASSBAND * rate_hz, **at)
