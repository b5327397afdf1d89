"""Three-phase quantities as symmetrical components, and the supply's voltages.

Phase p of three carries ``Re(W1 exp(-j 2 pi p/3) + W2 exp(+j 2 pi p/3))``: W1 turns with the
motor, W2 against it. Without a neutral there is no third component.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.simulator.fault import severities
from sensors.simulator.frame import Frame
from sensors.simulator.plant import ChunkSource, Plant, chunk_size
from sensors.simulator.streams import Stream, generator

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

PHASES = ("a", "b", "c")
# Harmonics of a public low-voltage supply, as a fraction of the fundamental.
VOLTAGE_HARMONICS = {5: 0.015, 7: 0.010, 11: 0.004, 13: 0.003}
# V2/V1 of a good supply, and what severity 1 of supply unbalance adds.
RESIDUAL_V2 = 0.003
UNBALANCED_V2 = 0.05


@dataclass(frozen=True, slots=True)
class Components:
    """Positive and negative sequence as complex signals, shape (n,)."""

    positive: ComplexArray
    negative: ComplexArray

    def phases(self) -> FloatArray:
        """Return the three phases, shape (3, n)."""
        turn = np.exp(-2j * np.pi * np.arange(3) / 3)[:, None]
        lines: FloatArray = (self.positive * turn + self.negative * turn.conj()).real
        return lines


def harmonics(frame: Frame, levels: dict[int, float], phases: dict[int, complex]) -> Components:
    """Return harmonics of the line: 7, 13 turn with it, 5, 11 against it, and so does 3.

    The third has no sequence of its own; without a neutral it flows only as unbalance.
    """
    sides = {1: np.zeros_like(frame.line), 2: np.zeros_like(frame.line)}
    for order, level in levels.items():
        sides[order % 3 or 2] += level * phases[order] * frame.phasor(0, order)
    return Components(sides[1], sides[2])


def negative_voltage(plant: Plant, frame: Frame) -> ComplexArray:
    """Return V2/V1 as a phasor, shape (n,)."""
    random = generator(plant.scenario.seed, Stream.SUPPLY)
    angles = np.exp(2j * np.pi * random.random(2))
    unbalanced = severities(plant.scenario.faults, Condition.SUPPLY_UNBALANCE, frame.t_s)
    ratio: ComplexArray = RESIDUAL_V2 * angles[0] + UNBALANCED_V2 * angles[1] * unbalanced
    return ratio


def voltages(plant: Plant, rate_hz: float, phases: Sequence[str]) -> ChunkSource:
    """Return the function from a chunk's index to phase voltages, shape (phases, chunk size)."""
    seed, size = plant.scenario.seed, chunk_size(rate_hz)
    rated = plant.scenario.motor.nameplate.rated_voltage_v
    assert rated is not None
    peak = rated * np.sqrt(2 / 3)
    noise = plant.scenario.noise.power_fraction * rated / np.sqrt(3)
    random = generator(seed, Stream.SUPPLY, 1)
    angles = {order: np.exp(2j * np.pi * random.random()) for order in VOLTAGE_HARMONICS}
    rows = [PHASES.index(phase) for phase in phases]
    frame_at = plant.frames(rate_hz)

    def chunk(index: int) -> FloatArray:
        frame = frame_at(index)
        rough = harmonics(frame, VOLTAGE_HARMONICS, angles)
        whole = Components(
            frame.line + rough.positive,
            negative_voltage(plant, frame) * frame.line + rough.negative,
        )
        hiss = [
            generator(seed, Stream.VOLTAGE_NOISE, row, index).standard_normal(size) for row in rows
        ]
        samples: FloatArray = peak * whole.phases()[rows] + noise * np.stack(hiss)
        return samples

    return chunk
