"""Slow random wander as a sum of sines: value and integral in closed form at any time.

Closed form is what lets a run start anywhere with the phase it would have had.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

COMPONENTS = 16


@dataclass(frozen=True, slots=True)
class Wander:
    """``w(t) = sum a_i sin(2 pi v_i t + phi_i)``.

    Attributes
    ----------
    amplitude, frequency_hz, phase_rad : float64 arrays, shape (K,)
        The sines.
    """

    amplitude: FloatArray
    frequency_hz: FloatArray
    phase_rad: FloatArray

    @classmethod
    def draw(
        cls, random: np.random.Generator, *, deviation: float, band_hz: tuple[float, float]
    ) -> "Wander":
        """Draw a wander of a standard deviation, its power even over the octaves of a band."""
        edges = np.geomspace(*band_hz, COMPONENTS + 1)
        place = random.random(COMPONENTS)
        frequency_hz = edges[:-1] ** (1 - place) * edges[1:] ** place
        amplitude = np.full(COMPONENTS, deviation * np.sqrt(2 / COMPONENTS))
        return cls(amplitude, frequency_hz, 2 * np.pi * random.random(COMPONENTS))

    def at(self, t_s: FloatArray) -> FloatArray:
        """Return the value at each time."""
        return np.sin(self._angle(t_s)) @ self.amplitude

    def integral(self, t_s: FloatArray) -> FloatArray:
        """Return the integral from time 0 to each time."""
        swing = self.amplitude / (2 * np.pi * self.frequency_hz)
        return (np.cos(self.phase_rad) - np.cos(self._angle(t_s))) @ swing

    def _angle(self, t_s: FloatArray) -> FloatArray:
        return 2 * np.pi * np.multiply.outer(t_s, self.frequency_hz) + self.phase_rad
