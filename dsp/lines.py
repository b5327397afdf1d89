"""Line search: whether a family of harmonics stands where kinematics puts it, beyond chance.

Envelope spectra of many bands are levelled against their local floor. A comb joins a candidate
fundamental and its harmonics into one height. The best comb inside a line's tolerance is ranked
among pseudo-lines: the best combs inside equally wide windows at orders where nothing is
expected, in the same spectra. So a lively spectrum raises its own bar, and searching many bands,
channels and speeds costs what it should.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.bank import LevelBank, Levels
from dsp.order import SLIP_ABOVE, SLIP_BELOW, DefectLine
from dsp.spectrum import RealArray
from sensors.errors import WindowTooShort

HARMONICS = 3
"""Members of a comb, of which two must stand: real defects often lack one, and a harmonic that
belongs to another family cannot carry a comb alone."""
SMEAR = 0.0015
"""Half-width of a harmonic relative to its frequency: slip makes lines wander and broaden."""
LOWEST_ORDER = 0.3
"""Pseudo-lines are drawn from here ..."""
HIGHEST_ORDER = 9.0
"""... to here, or to 1.5 times the highest order searched for."""
GRID_STEP = 0.0005
"""Relative distance of candidate fundamentals."""
PSEUDO_STEP = 0.005
"""Relative distance of the centres of pseudo-windows."""
SHAFT_GUARD = 0.003
"""Candidates this close, relative, to a whole order are the shaft's own and count for nothing."""
LEAKAGE_BINS = 1.5
"""A line reaches this many bins to either side under a Hann window."""
FEWEST_PSEUDO_LINES = 50
"""Fewer cannot tell the 99th percentile."""


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
    m = bank.levels_db.shape[-1]
    shape = (HARMONICS, bank.levels_db.shape[0], fundamentals_hz.size)
    heights = np.zeros(shape, np.float32)
    widest = 2 * _half_width(fundamentals_hz.max() * HARMONICS, bank.resolution_hz) + 2
    table = range_maxima(bank.levels_db, int(np.ceil(widest)))
    for harmonic in range(1, HARMONICS + 1):
        centre = harmonic * fundamentals_hz / bank.resolution_hz
        half = _half_width(harmonic * fundamentals_hz, bank.resolution_hz)
        first = np.clip(np.rint(centre - half).astype(np.intp), 0, m - 1)
        last = np.clip(np.rint(centre + half).astype(np.intp), 0, m - 1)
        power = np.log2(last - first + 1).astype(np.intp)
        rows = np.arange(shape[1])[:, None]
        left = table[power, rows, first]
        right = table[power, rows, last - 2**power + 1]
        heights[harmonic - 1] = np.maximum(left, right)
    middle: RealArray = np.median(heights, axis=0)
    return middle


def _half_width(hz: npt.NDArray[np.float64], resolution_hz: float) -> npt.NDArray[np.float64]:
    return np.maximum(1.0, SMEAR * hz / resolution_hz)


@dataclass(frozen=True, slots=True)
class LineMatch:
    """The best comb inside one line's tolerance, and its rank among pseudo-lines.

    Attributes
    ----------
    found_hz : float
        Fundamental of the best comb.
    level_db : float
        Its middle height.
    chance : float
        Share of pseudo-lines that reach it, ``(r + 1) / (n + 1)``.
    bar_db : float
        99th percentile of the pseudo-lines.
    depth : float
        Modulation depth of the harmonics together, root of the sum of squares.
    harmonics_db : tuple of float
        Height of each harmonic.
    row : int
        Row of the bank it was found in.
    shadow_db : float
        Best comb inside the tolerance that stands at a whole order and so may be the shaft's;
        zero where there is none.
    """

    found_hz: float
    level_db: float
    chance: float
    bar_db: float
    depth: float
    harmonics_db: tuple[float, ...]
    row: int
    shadow_db: float


def read_lines(
    bank: LevelBank, row: int, hz: npt.NDArray[np.float64]
) -> tuple[RealArray, RealArray]:
    """Read height (dB) and modulation depth of single lines, each the best within the smear."""
    half = _half_width(hz, bank.resolution_hz)
    heights, depths = np.zeros(hz.size), np.zeros(hz.size)
    for i, (centre, reach) in enumerate(zip(hz / bank.resolution_hz, half, strict=True)):
        window = slice(max(round(centre - reach), 0), round(centre + reach) + 1)
        if bank.levels_db[row, window].size:
            heights[i] = bank.levels_db[row, window].max()
            depths[i] = bank.heights[row, window].max()
    return heights, depths


def search(
    bank: LevelBank,
    lines: Sequence[DefectLine],
    *,
    shaft_hz: float,
    speed_tolerance: float,
) -> tuple[LineMatch, ...]:
    """Look for each family of lines and rank it among pseudo-lines.

    Parameters
    ----------
    bank : LevelBank
        Envelope spectra up to three times the highest order or more.
    lines : sequence of DefectLine
        The families to look for.
    shaft_hz : float
        Shaft frequency.
    speed_tolerance : float
        Relative uncertainty of `shaft_hz`, beside the slip of the elements.

    Raises
    ------
    WindowTooShort
        Too few pseudo-lines are left to judge by.
    """
    below, above = SLIP_BELOW + speed_tolerance, SLIP_ABOVE + speed_tolerance
    highest = 1.5 * max(line.order for line in lines)
    profile = comb_profile(bank, shaft_hz=shaft_hz, top_order=max(HIGHEST_ORDER, highest))
    expected = _expected(profile.orders, lines, LEAKAGE_BINS * bank.resolution_hz / shaft_hz)
    pseudo = _pseudo_levels(profile, expected, below, above)
    if pseudo.size < FEWEST_PSEUDO_LINES:
        raise WindowTooShort(
            f"only {pseudo.size} pseudo-lines fit beside the expected ones; the speed is too "
            "uncertain or the spectrum too short to judge chance"
        )
    return tuple(_match(bank, profile, pseudo, line.order, below, above) for line in lines)


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


def _window(grid: RealArray, order: float, below: float, above: float) -> slice:
    first, last = np.searchsorted(grid, [order * (1 - below), order * (1 + above)])
    return slice(int(first), max(int(last), int(first) + 1))


def _expected(
    grid: RealArray, lines: Sequence[DefectLine], leakage: float
) -> npt.NDArray[np.bool_]:
    """Mark the candidates at which a defect line, its half, harmonics or sidebands may stand."""
    orders = []
    for line in lines:
        spacing = line.sideband_order or 1.0
        orders += [line.order / 2, 3 * line.order]
        orders += [abs(k * line.order + side * spacing) for k in (1, 2) for side in range(-2, 3)]
    marked = np.zeros(grid.size, np.bool_)
    for order in orders:
        lo = order * (1 - SLIP_BELOW / 2) - leakage
        hi = order * (1 + SLIP_ABOVE) + leakage
        first, last = np.searchsorted(grid, [lo, hi])
        marked[first:last] = True
    return marked


def _pseudo_levels(
    profile: CombProfile, expected: npt.NDArray[np.bool_], below: float, above: float
) -> RealArray:
    """Best combs of all windows, as wide as a line's tolerance, in which nothing is expected."""
    grid, best = profile.orders, profile.levels_db
    levels = []
    for centre in np.exp(np.arange(np.log(grid[0]), np.log(grid[-1]), PSEUDO_STEP)):
        window = _window(grid, centre, below, above)
        if centre * (1 - below) < grid[0] or centre * (1 + above) > grid[-1]:
            continue
        if not expected[window].any() and best[window].any():
            levels.append(best[window].max())
    return np.asarray(levels)


def _match(
    bank: LevelBank,
    profile: CombProfile,
    pseudo: RealArray,
    order: float,
    below: float,
    above: float,
) -> LineMatch:
    window = _window(profile.orders, order, below, above)
    at = min(window.start + int(np.argmax(profile.levels_db[window])), profile.orders.size - 1)
    found = float(profile.orders[at] * profile.shaft_hz)
    row, level = int(profile.rows[at]), float(profile.levels_db[at])
    heights, depths = read_lines(bank, row, found * np.arange(1.0, HARMONICS + 1))
    return LineMatch(
        found_hz=found,
        level_db=level,
        chance=(int(np.count_nonzero(pseudo >= level)) + 1) / (pseudo.size + 1),
        bar_db=float(np.quantile(pseudo, 0.99)),
        depth=float(np.sqrt(np.sum(depths**2))),
        harmonics_db=tuple(float(h) for h in heights),
        row=row,
        shadow_db=float(profile.shaft_db[window].max(initial=0.0)),
    )
