"""Combs: a fundamental and its harmonics joined into one height, at every order at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.bank import LevelBank, Levels
from dsp.spectrum import RealArray

HARMONICS = 3
"""Members of a comb, of which two must stand: real defects often lack one, and a harmonic that
belongs to another family cannot carry a comb alone."""
SMEAR = 0.0015
"""Half-width of a harmonic relative to its frequency: slip makes lines wander and broaden."""
LOWEST_ORDER = 0.3
"""Candidates begin here: the cage turns slower than the shaft."""
GRID_STEP = 0.0005
"""Relative distance of candidate fundamentals."""
SHAFT_GUARD = 0.003
"""Candidates this close, relative, to a whole order are the shaft's own and count for nothing."""
LEAKAGE_BINS = 1.5
"""A line reaches this many bins to either side under a Hann window."""
TOGETHER = 8
"""Rows of a bank that are looked up at a time: tables of all of them would be the most memory that
a diagnosis takes."""
Places = npt.NDArray[np.intp]


def range_maxima(levels: Levels, longest: int) -> Levels:
    """Tabulate maxima of runs of 1, 2, 4 ... bins, shape (t, b, m): a sparse table."""
    table = [levels]
    while 2 ** len(table) <= longest:
        run, reach = table[-1], 2 ** (len(table) - 1)
        longer = run.copy()
        np.maximum(run[:, :-reach], run[:, reach:], out=longer[:, :-reach])
        table.append(longer)
    return np.stack(table)


def comb_levels(bank: LevelBank, fundamentals_hz: npt.NDArray[np.float64]) -> RealArray:
    """Return the middle height among harmonics 1 to 3 of each candidate fundamental.

    Parameters
    ----------
    bank : LevelBank
        Of b rows.
    fundamentals_hz : float array, shape (g,)

    Returns
    -------
    float array, shape (b, g)
        Median over harmonics of the highest level within the smear.
    """
    b, m = bank.levels_db.shape
    widest = 2 * half_width(fundamentals_hz.max() * HARMONICS, bank.resolution_hz) + 2
    runs = [_runs(k * fundamentals_hz, bank.resolution_hz, m) for k in range(1, HARMONICS + 1)]
    middle: RealArray = np.empty((b, fundamentals_hz.size), np.float32)
    for start in range(0, b, TOGETHER):
        part = slice(start, min(start + TOGETHER, b))
        table = range_maxima(bank.levels_db[part], int(np.ceil(widest)))
        rows = np.arange(table.shape[1])[:, None]
        one, two, three = (
            np.maximum(table[power, rows, first], table[power, rows, second])
            for power, first, second in runs
        )
        highest, lowest = np.maximum(one, two), np.minimum(one, two)
        middle[part] = np.minimum(highest, np.maximum(lowest, three))
    return middle


def _runs(
    hz: npt.NDArray[np.float64], resolution_hz: float, bins: int
) -> tuple[Places, Places, Places]:
    """Return which row of a table of maxima covers each smear, and where its two runs begin."""
    centre, half = hz / resolution_hz, half_width(hz, resolution_hz)
    first = np.clip(np.rint(centre - half).astype(np.intp), 0, bins - 1)
    last = np.clip(np.rint(centre + half).astype(np.intp), 0, bins - 1)
    power = np.log2(last - first + 1).astype(np.intp)
    return power, first, last - 2**power + 1


def half_width(hz: npt.NDArray[np.float64], resolution_hz: float) -> npt.NDArray[np.float64]:
    """Return how far, in bins, a line may stand from its place."""
    return np.maximum(1.0, SMEAR * hz / resolution_hz)


@dataclass(frozen=True, slots=True)
class CombProfile:
    """The best comb of a bank at every order.

    Attributes
    ----------
    orders : float array, shape (g,)
        Candidate fundamentals in orders of `shaft_hz`.
    levels_db : float array, shape (g,)
        Height of the comb in the best row; zero beside whole orders, which are the shaft's own.
    shaft_db : float array, shape (g,)
        What was set to zero there.
    rows : int array, shape (g,)
        Which row that is.
    shaft_hz : float
        Shaft frequency.
    """

    orders: npt.NDArray[np.float64]
    levels_db: RealArray
    shaft_db: RealArray
    rows: npt.NDArray[np.intp]
    shaft_hz: float


def comb_profile(bank: LevelBank, *, shaft_hz: float, top_order: float) -> CombProfile:
    """Evaluate the comb over all orders and keep the best row of each."""
    highest = bank.levels_db.shape[-1] * bank.resolution_hz / HARMONICS / shaft_hz
    top = min(top_order, highest)
    grid = np.exp(np.arange(np.log(LOWEST_ORDER), np.log(top), GRID_STEP))
    combs = comb_levels(bank, grid * shaft_hz)
    best, rows = combs.max(axis=0), combs.argmax(axis=0)
    # An uncertain speed does not widen the guard: shaft lines that stand out have refined it.
    guard = SHAFT_GUARD * grid + LEAKAGE_BINS * bank.resolution_hz / shaft_hz
    shafts_own = np.abs(grid - np.maximum(np.rint(grid), 1.0)) < guard
    return CombProfile(
        grid, np.where(shafts_own, 0.0, best), np.where(shafts_own, best, 0.0), rows, shaft_hz
    )
