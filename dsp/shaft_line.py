"""Reading one line of a spectrum: velocity, height, and how easily chance stands as high."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.bank import FLOOR_ORDERS, level_over_floor
from dsp.spectrum import HANN_POWER_GAIN, BlockSpectrum, RealArray, hann_power
from dsp.statistics import median

CLEAR_BINS = 4.0
"""Lines closer than both main lobes of a Hann window are not read apart."""
GRID_TOLERANCE = 0.002
"""How far a supply's frequency strays from its name, relative: 0.1 Hz at 50 Hz."""
LOBE_BINS = 2
"""A line's power lies within this many bins of its peak ..."""
SMEAR = 0.0015
"""... and this share of its frequency, by which speeds wander within a window."""
PLACES = 400
"""Most places without a line that a line is compared with."""
LOWEST_PLACE = 0.3
"""The first of them, in orders: below stand drift and integration noise."""
GUARD_BINS = 3.0
"""Places stay this far from every line of shaft and supply."""


@dataclass(frozen=True, slots=True)
class Line:
    """What stands at one place of a spectrum.

    Attributes
    ----------
    order : float
        Where the peak stands, in orders.
    rms : float
        Its velocity, the floor taken off.
    level_db : float
        Its height over the local floor.
    chance : float
        Share of places without a line that stand as high; never 0, for want of more places.
    """

    order: float
    rms: float
    level_db: float
    chance: float


@dataclass(frozen=True, slots=True)
class LineReader:
    """A spectrum made ready for lines to be read.

    Attributes
    ----------
    velocity : float64 array, shape (m,)
        Mean square velocity of each bin: acceleration over ``2 pi f``.
    levels_db : float32 array, shape (m,)
        Height of each bin over the local floor.
    bin_order : float
        Distance between bins, in orders.
    tolerance : float
        How far lines may stand from their place, relative.
    places_db : float array
        Heights where no line belongs, sorted.
    """

    velocity: RealArray
    levels_db: RealArray
    bin_order: float
    tolerance: float
    places_db: RealArray

    @classmethod
    def of(
        cls,
        spectrum: BlockSpectrum,
        *,
        turn: float,
        shaft_hz: float,
        tolerance: float,
        top_order: float,
        line_hz: float | None,
    ) -> "LineReader":
        """Make a reader of a spectrum over time, or over angle.

        Parameters
        ----------
        turn : float
            The first order on the spectrum's own axis: `shaft_hz` over time, 1 over angle.
        shaft_hz : float
            Shaft frequency, to turn acceleration into velocity.
        tolerance : float
            Of the shaft's frequency, relative.
        top_order : float
            Highest order that will be read.
        line_hz : float or None
            Supply frequency, whose harmonics make no places to compare with.
        """
        bin_order = spectrum.resolution_hz / turn
        size = min(int((top_order + 1) / bin_order) + 1, spectrum.bins.size)
        power = hann_power(spectrum)[:size].astype(np.float64)
        hertz = np.maximum(np.arange(size), 1) * bin_order * shaft_hz
        # Mean square per bin, as in dsp.velocity, in 1e-3 units.
        scale = 2e6 / (spectrum.n**2 * HANN_POWER_GAIN) / (2 * np.pi) ** 2
        levels = level_over_floor(np.sqrt(power), round(FLOOR_ORDERS / bin_order))
        supply = None if line_hz is None else line_hz / shaft_hz
        places = _places(levels, bin_order, tolerance, top_order, supply)
        return cls(scale * power / hertz**2, levels, bin_order, tolerance, places)

    def reaches(self, order: float) -> bool:
        """Say whether the spectrum holds an order with the floor around it."""
        return (order + 0.2) / self.bin_order < self.levels_db.size

    def read(self, order: float, *, tolerance: float | None = None) -> Line:
        """Read the highest line within the tolerance of an order.

        Its velocity is the power of the main lobe and of the smear, less what the median of the
        bins around them would bring.
        """
        within = self.tolerance if tolerance is None else tolerance
        first, last = _span(order, within, self.bin_order)
        peak = first + int(np.argmax(self.levels_db[first : last + 1]))
        wide = max(LOBE_BINS, round(SMEAR * order / self.bin_order))
        near = self.velocity[max(peak - wide, 1) : peak + wide + 1]
        around = self.velocity[max(peak - 8 * wide, 1) : peak + 8 * wide + 1]
        # The median of exponentially distributed power is ln 2 of its mean.
        floor = float(median(around)) / np.log(2) * near.size
        level = float(self.levels_db[peak])
        higher = self.places_db.size - int(np.searchsorted(self.places_db, level))
        chance = (1 + higher) / (1 + self.places_db.size)
        rms = float(np.sqrt(max(float(near.sum()) - floor, 0.0)))
        return Line(peak * self.bin_order, rms, level, chance)


def _span(order: float, tolerance: float, bin_order: float) -> tuple[int, int]:
    """Return the first and last bin within the tolerance of an order, at least three of them."""
    half = max(order * tolerance / bin_order, 1.0)
    centre = order / bin_order
    return max(int(np.ceil(centre - half)), 1), int(np.floor(centre + half))


def _places(
    levels_db: RealArray,
    bin_order: float,
    tolerance: float,
    top_order: float,
    supply_order: float | None,
) -> RealArray:
    """Return the sorted heights at places that belong to neither shaft nor supply."""
    top = min(top_order + 0.5, (levels_db.size - 1) * bin_order - 0.2)
    step = max((top - LOWEST_PLACE) / PLACES, bin_order)
    orders = np.arange(LOWEST_PLACE, top, step)
    guard = GUARD_BINS * bin_order + orders * tolerance
    free = np.abs(orders - np.rint(2 * orders) / 2) > guard
    if supply_order is not None:
        multiple = np.maximum(np.rint(orders / supply_order), 1) * supply_order
        free &= np.abs(orders - multiple) > guard
    spans = (_span(order, tolerance, bin_order) for order in orders[free])
    heights: npt.NDArray[np.float64] = np.array(
        [levels_db[first : last + 1].max() for first, last in spans], np.float64
    )
    return np.sort(heights)
