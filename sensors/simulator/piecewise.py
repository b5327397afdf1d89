"""A quantity that is piecewise linear in time, with its exact integral: load, ambient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Profile:
    """Straight lines between points, constant before the first and after the last.

    Attributes
    ----------
    t_s, value : float64 arrays, shape (K,)
        The points, in rising order of time.
    """

    t_s: FloatArray
    value: FloatArray

    @classmethod
    def through(cls, points: Sequence[tuple[float, float]]) -> "Profile":
        """Make a profile from ``(t_s, value)`` pairs."""
        table = np.asarray(points, dtype=np.float64)
        return cls(table[:, 0], table[:, 1])

    def at(self, t_s: FloatArray) -> FloatArray:
        """Return the value at each time."""
        return np.interp(t_s, self.t_s, self.value)

    def integral(self, t_s: FloatArray) -> FloatArray:
        """Return the integral from the first point to each time, in closed form."""
        steps = np.diff(self.t_s)
        area = np.concatenate(([0.0], np.cumsum(steps * (self.value[1:] + self.value[:-1]) / 2)))
        left = np.clip(np.searchsorted(self.t_s, t_s, side="right") - 1, 0, self.t_s.size - 1)
        from_left = t_s - self.t_s[left]
        slope = (self.at(t_s) - self.value[left]) / np.where(from_left > 0, from_left, 1.0)
        return area[left] + from_left * (self.value[left] + slope * from_left / 2)
