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

from dsp.bank import LevelBank
from dsp.comb import HARMONICS, LEAKAGE_BINS, CombProfile, comb_profile, half_width
from dsp.order import SLIP_ABOVE, SLIP_BELOW, DefectLine
from dsp.spectrum import RealArray
from sensors.errors import WindowTooShort

HIGHEST_ORDER = 9.0
"""Pseudo-lines are drawn up to here, or to 1.5 times the highest order searched for."""
PSEUDO_STEP = 0.005
"""Relative distance of the centres of pseudo-windows."""
FEWEST_PSEUDO_LINES = 99
"""Fewer cannot put a line above their 99th percentile, however high it stands."""


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
    half = half_width(hz, bank.resolution_hz)
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


def _middle_of_best(levels: RealArray) -> int:
    """Return the middle of the first run of largest levels: neighbours share a line's smear."""
    first = int(np.argmax(levels))
    lower = np.flatnonzero(levels[first:] < levels[first])
    return first + (int(lower[0]) - 1) // 2 if lower.size else (first + levels.size - 1) // 2


def _match(
    bank: LevelBank,
    profile: CombProfile,
    pseudo: RealArray,
    order: float,
    below: float,
    above: float,
) -> LineMatch:
    window = _window(profile.orders, order, below, above)
    at = min(window.start + _middle_of_best(profile.levels_db[window]), profile.orders.size - 1)
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
