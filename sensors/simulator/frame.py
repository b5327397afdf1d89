"""One chunk of time as all signals see it: its samples' times, load and the two phasors.

Every line of the machine is at ``halves * fr / 2 + line * f``, so it is a product of powers of
two phasors: half the shaft's angle (looseness strikes every second turn) and the line's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sensors.simulator.speed import Kinematics

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

# Angles are evaluated at this many global knots a second and interpolated between: at the
# steepest load change that leaves an error of 1e-5 of a cycle.
KNOTS_HZ = 512


@dataclass(frozen=True, slots=True)
class Frame:
    """Samples ``[index * size, (index + 1) * size)`` of one rate.

    Attributes
    ----------
    index : int
        Number of the chunk.
    t_s, load : float64 arrays, shape (n,)
        Time and load at the samples.
    shaft, line : complex128 arrays, shape (n,)
        Unit phasors of half the shaft's angle and of the supply's angle.
    """

    index: int
    t_s: FloatArray
    load: FloatArray
    shaft: ComplexArray
    line: ComplexArray
    powers: dict[tuple[str, int], ComplexArray] = field(default_factory=dict)

    def phasor(self, halves: int, line: int) -> ComplexArray:
        """Return the unit phasor at ``halves * fr / 2 + line * f``."""
        if line == 0:
            return self._power("shaft", halves)
        if halves == 0:
            return self._power("line", line)
        return self._power("shaft", halves) * self._power("line", line)

    def _power(self, name: str, exponent: int) -> ComplexArray:
        if exponent < 0:
            return self._power(name, -exponent).conj()
        if exponent == 1:
            return self.shaft if name == "shaft" else self.line
        if exponent == 0:
            return np.ones_like(self.shaft)
        key = (name, exponent)
        if key not in self.powers:
            half = self._power(name, exponent // 2)
            square = half * half
            self.powers[key] = square * self._power(name, 1) if exponent % 2 else square
        return self.powers[key]


def knots(t0_s: float, t1_s: float) -> FloatArray:
    """Return the times of the global knots that enclose a span of time."""
    first, last = np.floor(t0_s * KNOTS_HZ), np.ceil(t1_s * KNOTS_HZ)
    return np.arange(first, last + 1) / KNOTS_HZ


def frames(
    kinematics: Kinematics, *, rate_hz: float, size: int, keep: int
) -> Callable[[int], Frame]:
    """Return the function from a chunk's index to its frame; the last `keep` are remembered."""

    @lru_cache(maxsize=keep)
    def frame(index: int) -> Frame:
        t_s = np.arange(index * size, (index + 1) * size) / rate_hz
        at = knots(t_s[0], t_s[-1])
        return Frame(
            index=index,
            t_s=t_s,
            load=np.interp(t_s, at, np.maximum(kinematics.load(at), 0.0)),
            shaft=_phasor(t_s, at, kinematics.revolutions(at) / 2),
            line=_phasor(t_s, at, kinematics.line_cycles(at)),
        )

    return frame


def _phasor(t_s: FloatArray, at: FloatArray, cycles: FloatArray) -> ComplexArray:
    # Whole cycles go first: at 1e9 cycles their digits would cost the angle its own.
    angle = 2 * np.pi * np.interp(t_s, at, cycles - np.floor(cycles[0]))
    phasor = np.empty(t_s.size, dtype=np.complex128)
    phasor.real, phasor.imag = np.cos(angle), np.sin(angle)
    return phasor
