"""Likelihood that a family of lines stands in a pooled bank, at every place at which it may.

Members of a family, its harmonics and sidebands, are added up (`dsp.likelihood`); one strong line
alone is no family, so the best member counts for little more than the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.bank import Levels
from dsp.comb import LEAKAGE_BINS, LOWEST_ORDER, SHAFT_GUARD
from dsp.likelihood import JITTERS, WIDTHS, Orders, Shape, Tables, smear, tabulate
from dsp.pooled import PooledBank
from dsp.spectrum import RealArray

TOGETHER = 16
"""Rows that are tabulated and scored at a time: all of them would take tens of megabytes."""
MOST_OF_SECOND = 4.0
"""Most that the best member counts for, in second bests: however long impacts ring, their decay
leaves the next line half the amplitude, a quarter of the power."""
GRID_BINS = 0.5
"""Distance of candidates, in bins of the highest harmonic."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A family, and where it is looked for.

    Attributes
    ----------
    shape : Shape
        Its members.
    orders : tuple of float
        Lowest and highest fundamental, in orders of the shaft.
    spacing_tolerance : float
        Relative uncertainty of the sidebands' spacing.
    """

    shape: Shape
    orders: tuple[float, float]
    spacing_tolerance: float


@dataclass(frozen=True, slots=True)
class Profile:
    """The best family of one shape at every candidate.

    Attributes
    ----------
    orders : float array, shape (g,)
        Candidate fundamentals in orders of the shaft.
    scores : float array, shape (g,)
        Log-likelihood in the best row; zero beside whole orders, which are the shaft's own.
    rows, jitters : int arrays, shape (g,)
        Which row that is, and which of `JITTERS` suits best.
    """

    orders: Orders
    scores: RealArray
    rows: npt.NDArray[np.intp]
    jitters: npt.NDArray[np.intp]


def profiles(bank: PooledBank, sought: Sequence[Sought], *, shaft_hz: float) -> list[Profile]:
    """Evaluate families at every candidate, all of them before the next rows are tabulated.

    Parameters
    ----------
    bank : PooledBank
        Where to look.
    sought : sequence of Sought
        The families.
    shaft_hz : float
        Shaft frequency.
    """
    sweeps = [_sweep(bank, one, shaft_hz) for one in sought]
    for first in range(0, bank.powers.shape[0], TOGETHER):
        tables = tabulate(bank.powers[first : first + TOGETHER])
        for sweep in sweeps:
            sweep.take(tables, first)
    return [sweep.profile(bank, shaft_hz) for sweep in sweeps]


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One family at every candidate and jitter: its members' bins and widths, the best so far."""

    grid: Orders
    at: npt.NDArray[np.int32]
    classes: npt.NDArray[np.int8]
    heights: Levels
    rows: npt.NDArray[np.intp]

    def take(self, tables: Tables, first: int) -> None:
        """Score some rows, of which the first is the bank's so many-th."""
        for classes, heights, rows in zip(self.classes, self.heights, self.rows, strict=True):
            scores = _scores(tables, self.at, classes)
            highest = scores.max(axis=1)
            better = highest > heights
            heights[better] = highest[better]
            rows[better] = first + scores[better].argmax(axis=1)

    def profile(self, bank: PooledBank, shaft_hz: float) -> Profile:
        """Return the best of all rows."""
        jitters = self.heights.argmax(axis=0)
        chosen = (jitters, np.arange(self.grid.size))
        guard = SHAFT_GUARD * self.grid + LEAKAGE_BINS / (bank.window_s * shaft_hz)
        shafts_own = np.abs(self.grid - np.maximum(np.rint(self.grid), 1.0)) < guard
        scores = np.where(shafts_own, 0.0, self.heights[chosen])
        return Profile(self.grid, scores, self.rows[chosen], jitters)


def _sweep(bank: PooledBank, sought: Sought, shaft_hz: float) -> _Sweep:
    step = GRID_BINS / (sought.shape.harmonics * bank.window_s * shaft_hz)
    grid = np.arange(max(sought.orders[0], LOWEST_ORDER), sought.orders[1], step)
    members = sought.shape.members
    wander = 2 * sought.spacing_tolerance * shaft_hz * bank.window_s
    widths = [
        [
            smear(bank, member.harmonic, grid * shaft_hz, jitter) + wander * abs(member.spacing)
            for member in members
        ]
        for jitter in JITTERS
    ]
    classes = np.maximum(np.searchsorted(WIDTHS, widths, side="right") - 1, 0)
    best = (len(JITTERS), grid.size)
    return _Sweep(
        grid,
        places(bank, sought.shape, grid, shaft_hz),
        classes.astype(np.int8),
        np.full(best, -np.inf, np.float32),
        np.zeros(best, np.intp),
    )


def _scores(tables: Tables, at: npt.NDArray[np.int32], classes: npt.NDArray[np.int8]) -> Levels:
    """Return a family's log-likelihoods in each row, shape (g, b)."""
    total = np.zeros((at.shape[-1], tables[WIDTHS[0]].shape[-1]), np.float32)
    first, second, member = np.zeros_like(total), np.zeros_like(total), np.empty_like(total)
    for spots, kinds in zip(at, classes, strict=True):
        # Lines grow wider with the fundamental, so each width has one run of candidates.
        edges = np.searchsorted(kinds, np.arange(len(WIDTHS) + 1))
        for width, begin, end in zip(WIDTHS, edges[:-1], edges[1:], strict=True):
            np.take(tables[width], spots[begin:end], axis=0, out=member[begin:end], mode="clip")
        total += member
        np.maximum(second, np.minimum(first, member), out=second)
        np.maximum(first, member, out=first)
    first -= MOST_OF_SECOND * second
    total -= np.maximum(first, 0, out=first)
    return total


def places(
    bank: PooledBank, shape: Shape, orders: Orders, shaft_hz: float
) -> npt.NDArray[np.int32]:
    """Return the bin of every member of a family at each candidate, shape (members, g)."""
    multiples = np.array([[member.multiple] for member in shape.members])
    offsets = np.array([[member.offset] for member in shape.members])
    hz = np.abs(multiples * orders + offsets) * shaft_hz
    at = np.rint(hz / bank.resolution_hz).astype(np.int32)
    inside: npt.NDArray[np.int32] = np.minimum(at, np.int32(bank.powers.shape[-1] - 1))
    return inside
