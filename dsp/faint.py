"""Search for faint families: where the likeliest stands, and the chance that noise makes it.

Chance is judged by pseudo-lines: the likeliest families of the same shape inside equally wide
windows at other orders of the same spectra, without the lines of what was found.
The largest of many likelihoods of noise follows Gumbel's law,
``P(> s) = 1 - exp(-exp(-(s - m)/b))`` with b of 1 (E. J. Gumbel, Statistics of Extremes, 1958),
which reaches further than ranks do. Where pseudo-lines spread wider than that, other lines than
noise's stand in the spectra; b then is what they show, and what can be claimed is less.
"""

from dataclasses import dataclass

import numpy as np

from dsp.faint_family import FaintMatch, cleaned, read_harmonics
from dsp.likelihood import JITTERS, Orders, Profile, Shape, Tables, profile, tabulate
from dsp.lines import PSEUDO_STEP
from dsp.order import SLIP_ABOVE, SLIP_BELOW, DefectLine
from dsp.pooled import PooledBank
from dsp.spectrum import RealArray
from sensors.errors import WindowTooShort

PSEUDO_RANGE = (0.5, 1.7)
"""Pseudo-lines are drawn from this far below and above a line, as multiples of its order: as wide,
as many and as smeared as its own."""
PSEUDO_ORDER = 2.5
"""And up to here at least: below, a window of the cage's holds few bins."""
UNTOUCHED = 0.5
"""Least share of a pseudo-window that is left beside the shaft's own places."""
LEAST_CHANCE = 1e-9
"""The law is believed no further."""
CLEANED_FROM = 10.0
"""Surplus from which a family may have made lines beside itself."""
FEWEST_PSEUDO_LINES = 15
MEDIAN = -np.log(np.log(2))
"""Median of Gumbel's law, in b above m."""
NOISE_SPREAD = (1.1, 1.35)
"""Least b, of families without sidebands and with them: the sum of many likelihoods falls off more
slowly than one, and pseudo-lines are few. So measured on noise, where one line in a thousand then
has a chance of a thousandth."""
NOISE_REACH = 6.0
"""How far, in b, the highest pseudo-line of noise may stand above their middle: of fifty windows'
in nine cases of ten."""


def search_faint(
    bank: PooledBank,
    tables: Tables,
    line: DefectLine,
    shape: Shape,
    *,
    shaft_hz: float,
    speed_tolerance: float,
    spacing_tolerance: float,
) -> FaintMatch:
    """Look for a family of lines and say how likely noise makes as much.

    Parameters
    ----------
    bank : PooledBank
        Envelope spectra.
    tables : mapping of int to array
        Its likelihoods (`dsp.likelihood.tabulate`).
    line : DefectLine
        What to look for.
    shape : Shape
        With which members.
    shaft_hz : float
        Shaft frequency.
    speed_tolerance : float
        Relative uncertainty of `shaft_hz`, beside the slip of the elements.
    spacing_tolerance : float
        Relative uncertainty of the sidebands' spacing.

    Raises
    ------
    WindowTooShort
        Too few pseudo-lines are left to judge by.
    """
    reach = (1 - SLIP_BELOW - speed_tolerance, 1 + SLIP_ABOVE + speed_tolerance)
    below, above = PSEUDO_RANGE
    orders = (below * line.order, max(above * line.order, PSEUDO_ORDER))
    look = _Look(shape, shaft_hz, spacing_tolerance, orders, reach)
    return _match(bank, tables, look, line.order)


@dataclass(frozen=True, slots=True)
class _Look:
    """How one family is looked for: its shape, where, and how wide a window is."""

    shape: Shape
    shaft_hz: float
    spacing_tolerance: float
    orders: tuple[float, float]
    reach: tuple[float, float]

    def profile(self, bank: PooledBank, tables: Tables) -> Profile:
        """Evaluate it at every candidate."""
        return profile(
            bank,
            tables,
            self.shape,
            shaft_hz=self.shaft_hz,
            spacing_tolerance=self.spacing_tolerance,
            orders=self.orders,
        )


def _match(bank: PooledBank, tables: Tables, look: _Look, order: float) -> FaintMatch:
    seen = look.profile(bank, tables)
    window = _window(seen.orders, order, look.reach)
    at = min(window.start + int(seen.scores[window].argmax()), seen.orders.size - 1)
    pseudo = _pseudo_scores(seen, seen, at, look.reach)
    middle, score = float(np.median(pseudo)), float(seen.scores[at])
    least = NOISE_SPREAD[look.shape.sideband_order is not None]
    spread = _spread(pseudo)
    found_hz, row = float(seen.orders[at]) * look.shaft_hz, int(seen.rows[at])
    if spread > least and score > middle + CLEANED_FROM:
        # Much of what stands beside a family may be its own: once more without its lines.
        without = cleaned(bank, look.shape, found_hz, look.shaft_hz)
        rest = look.profile(without, tabulate(without.powers))
        spread = _spread(_pseudo_scores(seen, rest, at, look.reach))
    spread = max(spread, least)
    surplus = (score - middle) / spread + MEDIAN
    jitter = JITTERS[seen.jitters[at]]
    heights, depth = read_harmonics(bank, row, found_hz, jitter)
    return FaintMatch(
        found_hz=found_hz,
        score=score,
        chance=max(float(-np.expm1(-np.exp(-surplus))), LEAST_CHANCE),
        spread=spread,
        depth=depth,
        harmonics_db=heights,
        row=row,
        jitter=jitter,
    )


def _spread(pseudo: RealArray) -> float:
    return float(pseudo.max() - np.median(pseudo)) / NOISE_REACH


def _window(grid: Orders, order: float, reach: tuple[float, float]) -> slice:
    first, last = np.searchsorted(grid, [order * reach[0], order * reach[1]])
    return slice(int(first), max(int(last), int(first) + 1))


def _pseudo_scores(seen: Profile, rest: Profile, at: int, reach: tuple[float, float]) -> RealArray:
    """Return the likeliest families of windows beside what was found, in what is left of it."""
    grid = seen.orders
    low, high = np.log(grid[0] / reach[0]), np.log(grid[-1] / reach[1])
    best = []
    for centre in np.exp(np.arange(low, high, PSEUDO_STEP)):
        window = _window(grid, centre, reach)
        free = seen.scores[window] > 0
        if not window.start <= at < window.stop and free.mean() >= UNTOUCHED:
            best.append(rest.scores[window].max())
    if len(best) < FEWEST_PSEUDO_LINES:
        raise WindowTooShort(
            f"only {len(best)} pseudo-lines fit beside a faint line at {grid[at]:.2f} orders; the "
            "speed is too uncertain or the window too short to judge chance"
        )
    return np.asarray(best)
