"""Bearing impacts: when a defect is struck, how hard, and how the structure rings.

Passages are even in shaft angle but for a random walk of the rolling elements' slip. The walk
is drawn block by block between fixed ends (a Brownian bridge), so passage number one million is
known without drawing the others.

Sources: R. B. Randall and J. Antoni, "Rolling element bearing diagnostics - a tutorial", MSSP
25 (2011) 485-520; P. D. McFadden and J. D. Smith, "Model for the vibration produced by a single
point defect in a rolling element bearing", JSV 96 (1984) 69-82, for load zone and modulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.simulator.scenario import Mode
from sensors.simulator.streams import Stream, generator

FloatArray = npt.NDArray[np.float64]

BLOCK = 1024
# Ratio of the harder to the softer strike of one spot on a rolling element: outer, inner race.
SOFTER = 0.7
# Impacts scatter by about this much (natural logarithm).
SCATTER = 0.1
# Load that reaches the side away from the load zone, by preload and dynamics.
UNLOADED = 0.12
# Amplitudes below 1e-6 of their start have rung down.
RUNG_DOWN = 14.0


@dataclass(frozen=True, slots=True)
class Passages:
    """Strikes of one defect, numbered from a shaft angle.

    Attributes
    ----------
    order : float
        Mean passages per revolution, slip taken off.
    jitter : float
        Deviation of one spacing, in spacings.
    start_rev : float
        Shaft angle of passage 0.
    seed, member : int
        Address of its random numbers.
    walk : float64 array, shape (B + 1,)
        Walked spacings at the blocks' ends.
    """

    order: float
    jitter: float
    start_rev: float
    seed: int
    member: int
    walk: FloatArray

    @classmethod
    def draw(
        cls, *, order: float, jitter: float, span_rev: tuple[float, float], seed: int, member: int
    ) -> "Passages":
        """Draw the passages over a span of shaft angle."""
        blocks = int(order * (span_rev[1] - span_rev[0]) * 1.05) // BLOCK + 2
        steps = generator(seed, Stream.PASSAGE_BLOCKS, member).standard_normal(blocks)
        walk = np.concatenate(([0.0], np.cumsum(steps * jitter * np.sqrt(BLOCK))))
        return cls(order, jitter, span_rev[0], seed, member, walk)

    def between(self, first_rev: float, last_rev: float) -> tuple[FloatArray, ...]:
        """Return number, shaft angle and relative hardness of the passages in ``[first, last)``."""
        ends = np.arange(self.walk.size) * BLOCK + self.walk
        wanted = (np.array([first_rev, last_rev]) - self.start_rev) * self.order
        low, high = np.clip(np.searchsorted(ends, wanted) - 1, 0, self.walk.size - 2)
        blocks = [self._block(block) for block in range(low, high + 1)]
        number, rev, hardness = (np.concatenate(part) for part in zip(*blocks, strict=True))
        inside = (rev >= first_rev) & (rev < last_rev)
        return number[inside], rev[inside], hardness[inside]

    def _block(self, block: int) -> tuple[FloatArray, ...]:
        random = generator(self.seed, Stream.PASSAGES, self.member, block)
        steps = self.jitter * random.standard_normal(BLOCK)
        steps += (self.walk[block + 1] - self.walk[block] - steps.sum()) / BLOCK
        walked = self.walk[block] + np.cumsum(steps) - steps
        number = np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.float64)
        rev = self.start_rev + (number + walked) / self.order
        return number, rev, np.exp(SCATTER * random.standard_normal(BLOCK))


def load_zone(revolutions: FloatArray) -> FloatArray:
    """Return the share of load at an angle from its centre (Stribeck's law, exponent 3/2)."""
    loaded = np.maximum(np.cos(2 * np.pi * revolutions), 0.0) ** 1.5
    return UNLOADED + (1 - UNLOADED) * loaded


def strike_strength(
    condition: Condition, number: FloatArray, rev: FloatArray, cage_order: float
) -> FloatArray:
    """Return how hard each passage strikes, from where the defect then is.

    An outer-race spot stays in the load zone; an inner-race spot turns with the shaft; a spot
    on a rolling element goes round with the cage and strikes the races by turns.
    """
    if condition is Condition.BEARING_INNER_RACE:
        return load_zone(rev)
    if condition is Condition.BEARING_ROLLING_ELEMENT:
        return load_zone(cage_order * rev) * np.where(number % 2, SOFTER, 1.0)
    return np.ones_like(rev)


def ring(
    at_s: FloatArray,
    strength: FloatArray,
    modes: Sequence[Mode],
    *,
    rate_hz: float,
    start: int,
    size: int,
) -> FloatArray:
    """Return the acceleration of damped modes struck at given moments.

    ``sum_k A_k sum_m g_m exp(-zeta w (t - t_k)) sin(w_d (t - t_k))`` for t >= t_k.

    Parameters
    ----------
    at_s, strength : float64 arrays, shape (K,)
        Moments and amplitudes; earlier moments ring on into the span.
    modes : sequence of Mode
        Natural vibrations.
    rate_hz : float
        Samples a second.
    start, size : int
        Number of the first sample (at ``start / rate_hz``) and of samples.
    """
    out = np.zeros(size)
    first = np.ceil(at_s * rate_hz)
    late_s = first / rate_hz - at_s
    begins = (first - start).astype(np.int64)
    for mode in modes:
        pole = 2 * np.pi * mode.frequency_hz * _unit_pole(mode.damping)
        decay = np.exp(pole * np.arange(int(RUNG_DOWN / -pole.real * rate_hz) + 1) / rate_hz)
        weights = mode.gain * strength * np.exp(pole * late_s)
        for begin, weight in zip(begins, weights, strict=True):
            low, high = max(begin, 0), min(begin + decay.size, size)
            if low < high:
                out[low:high] += (weight * decay[low - begin : high - begin]).imag
    return out


def _unit_pole(damping: float) -> complex:
    return complex(-damping, np.sqrt(1 - damping**2))


def ring_down_s(modes: Sequence[Mode]) -> float:
    """Return how long the slowest mode rings."""
    return max(RUNG_DOWN / (2 * np.pi * mode.frequency_hz * mode.damping) for mode in modes)
