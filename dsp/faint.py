"""Search for faint families: where the likeliest stands, and the chance that noise makes it.

Chance is judged by pseudo-lines: the likeliest families of the same shape inside equally wide
windows at other orders of the same spectra, without the lines of what was found.
The largest of many likelihoods of noise follows Gumbel's law,
``P(> s) = 1 - exp(-exp(-(s - m)/b))`` with b of 1 (E. J. Gumbel, Statistics of Extremes, 1958),
which reaches further than ranks do. Where pseudo-lines spread wider than that, other lines than
noise's stand in the spectra; b then is what they show, and what can be claimed is less.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.faint_family import FaintMatch, cleaned, read_harmonics
from dsp.family_sweep import Profile, Sought, profiles
from dsp.likelihood import JITTERS, Orders, Shape
from dsp.lines import PSEUDO_STEP
from dsp.order import SLIP_ABOVE, SLIP_BELOW, DefectLine
from dsp.pooled import PooledBank
from dsp.spectrum import RealArray

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


@dataclass(frozen=True, slots=True)
class FaintSearch:
    """One line to look for.

    Attributes
    ----------
    line : DefectLine
        What to look for.
    shape : Shape
        With which members.
    speed_tolerance : float
        Relative uncertainty of the shaft's frequency, beside the slip of the elements.
    spacing_tolerance : float
        Relative uncertainty of the sidebands' spacing.
    """

    line: DefectLine
    shape: Shape
    speed_tolerance: float
    spacing_tolerance: float

    @property
    def reach(self) -> tuple[float, float]:
        """How far below and above its place a line may stand, as multiples of its order."""
        return 1 - SLIP_BELOW - self.speed_tolerance, 1 + SLIP_ABOVE + self.speed_tolerance

    @property
    def sought(self) -> Sought:
        """Its family, as far to either side as pseudo-lines are drawn from."""
        below, above = PSEUDO_RANGE
        orders = (below * self.line.order, max(above * self.line.order, PSEUDO_ORDER))
        return Sought(self.shape, orders, self.spacing_tolerance)


def search_faint(
    bank: PooledBank, searches: Sequence[FaintSearch], *, shaft_hz: float
) -> list[FaintMatch | None]:
    """Look for families of lines and say how likely noise makes as much.

    Parameters
    ----------
    bank : PooledBank
        Envelope spectra.
    searches : sequence of FaintSearch
        What to look for: together, as it takes as long to make their tables as to read them.
    shaft_hz : float
        Shaft frequency.

    Returns
    -------
    list of FaintMatch or None
        None where the speed is too uncertain, or the window too short, to judge chance: too few
        pseudo-lines are left beside the line.
    """
    seen = profiles(bank, [search.sought for search in searches], shaft_hz=shaft_hz)
    return [
        _match(bank, search, profile, shaft_hz)
        for search, profile in zip(searches, seen, strict=True)
    ]


def _match(
    bank: PooledBank, search: FaintSearch, seen: Profile, shaft_hz: float
) -> FaintMatch | None:
    shape, reach = search.shape, search.reach
    window = _window(seen.orders, search.line.order, reach)
    at = min(window.start + int(seen.scores[window].argmax()), seen.orders.size - 1)
    pseudo = _pseudo_scores(seen, seen, at, reach)
    if len(pseudo) < FEWEST_PSEUDO_LINES:
        return None
    middle, score = float(np.median(pseudo)), float(seen.scores[at])
    least = NOISE_SPREAD[shape.sideband_order is not None]
    spread = _spread(pseudo)
    found_hz, row = float(seen.orders[at]) * shaft_hz, int(seen.rows[at])
    if spread > least and score > middle + CLEANED_FROM:
        # Much of what stands beside a family may be its own: once more without its lines.
        without = cleaned(bank, shape, found_hz, shaft_hz)
        (rest,) = profiles(without, [search.sought], shaft_hz=shaft_hz)
        spread = _spread(_pseudo_scores(seen, rest, at, reach))
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
    return np.asarray(best)
