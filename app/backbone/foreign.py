"""Lines that are no fault of the bearing: what real machines' spectra are full of.

A simulated machine is quiet between its own lines; a real one shows dozens of shaft harmonics, the
combs of gears, belts and neighbours, and single lines anywhere. They are drawn in shaft orders and
stand at the same place in every lane, so that the backbone has to look where a fault's lines
would be, and not whether there are lines at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.vector import Float32Array
from models.stage2.spectra import FAULT_LANES, LANES, SpectraSpec

Floats = npt.NDArray[np.float64]
TOP_ORDER = 60.0
SHAFT_SHARE, COMB_SHARE = 0.7, 0.4
"""How often there are shaft harmonics, and foreign combs."""
MOST_COMBS, MOST_SINGLES = 2, 30
KEEP_AWAY = 0.03
"""A foreign comb stands no nearer to a line of the bearing, relative: there it would be one."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines by their order of the shaft, with heights from 0 to 1."""

    orders: Floats
    heights: Floats


def foreign_lines(fault_orders: Floats, random: np.random.Generator) -> Lines:
    """Draw the foreign lines of one machine.

    Parameters
    ----------
    fault_orders : array, shape (4,)
        Of the bearing; NaN where unknown.
    random : Generator
        Determines everything.
    """
    parts = list(_parts(fault_orders, random))
    orders = np.concatenate([orders for orders, _ in parts])
    heights = np.concatenate([heights for _, heights in parts])
    inside = (orders > 0.05) & (orders < TOP_ORDER)
    return Lines(orders[inside], heights[inside])


def _parts(fault_orders: Floats, random: np.random.Generator) -> Iterator[tuple[Floats, Floats]]:
    if random.random() < SHAFT_SHARE:
        count = int(random.integers(1, 50))
        yield (
            np.arange(1, count + 1).astype(np.float64),
            random.uniform(0.0, random.uniform(0.1, 0.8), count),
        )
    if random.random() < COMB_SHARE:
        for _ in range(int(random.integers(1, MOST_COMBS + 1))):
            base = float(np.exp(random.uniform(np.log(0.3), np.log(30.0))))
            if np.nanmin(np.abs(fault_orders / base - 1), initial=np.inf) < KEEP_AWAY:
                continue
            yield _comb(base, random)
    singles = int(random.integers(0, MOST_SINGLES + 1))
    yield random.uniform(0.1, TOP_ORDER, singles), random.uniform(0.0, 0.5, singles)


def _comb(base: float, random: np.random.Generator) -> tuple[Floats, Floats]:
    harmonics: Floats = base * np.arange(1, int(random.integers(2, 8)), dtype=np.float64)
    heights: Floats = random.uniform(0.2, 0.7) * random.uniform(0.4, 1.0, harmonics.size)
    if random.random() < 0.5:
        return harmonics, heights
    spacing = 1.0 if random.random() < 0.7 else random.uniform(0.3, 0.5)
    sides: Floats = np.concatenate([harmonics, harmonics - spacing, harmonics + spacing])
    return sides, np.concatenate([heights, 0.7 * heights, 0.7 * heights])


def draw_into(
    spectra: Float32Array, lane: str, lines: Lines, fault_orders: Floats, spec: SpectraSpec
) -> None:
    """Raise one lane to the heights of lines, in place; `spectra` has shape (lanes, bins)."""
    per_order = float(spec.bins_per_order)
    if lane in FAULT_LANES:
        own = fault_orders[FAULT_LANES.index(lane)]
        if not np.isfinite(own):
            return
        per_order = spec.bins_per_multiple / own
    row = spectra[LANES.index(lane)]
    centres = lines.orders * per_order
    # Where a bin is narrower than a fine one, a line is as wide as that.
    reach = int(min(max(per_order / 32, 0), 8))
    for step in range(-reach, reach + 1):
        bins = np.floor(centres).astype(np.intp) + step
        inside = (bins >= 0) & (bins < spec.bins)
        np.maximum.at(row, bins[inside], lines.heights[inside].astype(np.float32))
