"""Likelihood that a family of lines stands in a pooled bank, at every place at which it may.

The power p of a line over the floor follows ``exp(-p)`` in noise; the mean p of n bins is likelier
from a line than from noise by ``n (p - 1 - ln p)`` (natural logarithm, a line's power being what
fits best). Members of a family, its harmonics and sidebands, are added up; one strong line alone
is no family, so the best member counts for little more than the next.

Elements that slip at random take a line apart: after N passages their place has walked by
``sigma sqrt(N)`` spacings, so harmonic k is ``2 pi (k sigma)^2`` of its fundamental wide (a
Lorentzian's full width at half height), and its power is summed over as many bins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.bank import Levels
from dsp.comb import LEAKAGE_BINS, LOWEST_ORDER, SHAFT_GUARD
from dsp.pooled import PADDING, PooledBank
from dsp.spectrum import RealArray

JITTERS = (0.0, 0.02)
"""Random slip from one passage to the next, in spacings: none, and what is usual."""
WIDTHS = (1, 2, 4, 8, 16, 32, 64)
"""Bins summed, of one over the window's length."""
TOGETHER = 8
"""Rows that are tabulated at a time, and ..."""
CANDIDATES = 1024
"""... candidates that are scored at a time: in one piece either takes tens of megabytes."""
MOST_OF_SECOND = 4.0
"""Most that the best member counts for, in second bests: however long impacts ring, their decay
leaves the next line half the amplitude, a quarter of the power."""
GRID_BINS = 0.5
"""Distance of candidates, in bins of the highest harmonic."""
SIDES = ((1, -2), (1, -1), (1, 1), (1, 2), (2, -1), (2, 1))
"""Harmonic and place of the sidebands counted: of a load zone's no more stand in a faint family."""

Orders = npt.NDArray[np.float64]
Tables = Mapping[int, Levels]


@dataclass(frozen=True, slots=True)
class Member:
    """One line of a family: at ``multiple`` times the fundamental and ``offset`` orders more.

    Attributes
    ----------
    harmonic : int
        Beside which harmonic it stands, and is as smeared as.
    multiple, offset : float
        Where.
    spacing : float
        Its distance from that harmonic, in orders; negative below.
    """

    harmonic: int
    multiple: float
    offset: float = 0.0
    spacing: float = 0.0


@dataclass(frozen=True, slots=True)
class Shape:
    """The members of a family: harmonics of its fundamental, the first two with sidebands.

    Attributes
    ----------
    harmonics : int
        How many.
    sideband_order : float or None
        Spacing of the sidebands, in orders of the shaft.
    of_order : float or None
        Fundamental at which that is their spacing: it then grows with the fundamental, as where
        the speed is unknown and the line tells it. None is a spacing that stays.
    """

    harmonics: int
    sideband_order: float | None = None
    of_order: float | None = None

    @property
    def members(self) -> tuple[Member, ...]:
        """Where each member stands."""
        own = tuple(Member(k, k) for k in range(1, self.harmonics + 1))
        if self.sideband_order is None:
            return own
        sides = [(k, place * self.sideband_order) for k, place in SIDES]
        if self.of_order is None:
            return (*own, *(Member(k, k, space, space) for k, space in sides))
        order = self.of_order
        return (*own, *(Member(k, k + space / order, 0.0, space) for k, space in sides))


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


def tabulate(powers: Levels) -> Tables:
    """Return the log-likelihood of a line about each bin, for each width.

    Parameters
    ----------
    powers : float32 array, shape (b, m)
        Over the floor.

    Returns
    -------
    mapping of int to float32 array, shape (m, b)
        Bins first: what is read together then lies together.
    """
    b, m = powers.shape
    tables = {width: np.empty((m, b), np.float32) for width in WIDTHS}
    for start in range(0, b, TOGETHER):
        part = slice(start, start + TOGETHER)
        for width, mean in _means(powers[part]):
            tables[width][:, part] = _likelihood(mean.T, width)
    return tables


def _means(powers: Levels) -> Iterator[tuple[int, Levels]]:
    """Yield the mean power about each bin for each width."""
    total = np.zeros((powers.shape[0], powers.shape[-1] + 1))
    np.cumsum(powers, axis=-1, out=total[:, 1:])
    yield WIDTHS[0], powers
    for width in WIDTHS[1:]:
        half = width * PADDING // 2
        bins = 2 * half + 1
        # Beside the ends, where no such run fits, nothing is claimed.
        mean = np.ones_like(powers)
        np.subtract(total[:, bins:], total[:, :-bins], out=mean[:, half:-half], casting="same_kind")
        mean[:, half:-half] /= bins
        yield width, mean


def _likelihood(mean: Levels, width: int) -> Levels:
    mean = np.maximum(mean, np.float32(1), order="C")
    likelihood: Levels = np.log(mean)
    np.subtract(mean, likelihood, out=likelihood)
    likelihood -= 1
    likelihood *= width
    return likelihood


def smear(bank: PooledBank, harmonic: float, hz: Orders, jitter: float) -> Orders:
    """Return how wide jitter makes a harmonic of each fundamental, in bins of the window."""
    wide: Orders = 2 * np.pi * (harmonic * jitter) ** 2 * hz * bank.window_s
    return wide


def places(bank: PooledBank, shape: Shape, orders: Orders, shaft_hz: float) -> npt.NDArray[np.intp]:
    """Return the bin of every member of a family at each candidate, shape (members, g)."""
    multiples = np.array([[member.multiple] for member in shape.members])
    offsets = np.array([[member.offset] for member in shape.members])
    hz = np.abs(multiples * orders + offsets) * shaft_hz
    at = np.rint(hz / bank.resolution_hz).astype(np.intp)
    inside: npt.NDArray[np.intp] = np.minimum(at, bank.powers.shape[-1] - 1)
    return inside


def profile(
    bank: PooledBank,
    tables: Tables,
    shape: Shape,
    *,
    shaft_hz: float,
    spacing_tolerance: float,
    orders: tuple[float, float],
) -> Profile:
    """Evaluate a family at every candidate between two orders.

    Parameters
    ----------
    bank : PooledBank
        Where to look.
    tables : mapping of int to array
        Its likelihoods (`tabulate`).
    shape : Shape
        The members of the family.
    shaft_hz : float
        Shaft frequency.
    spacing_tolerance : float
        Relative uncertainty of the sidebands' spacing.
    orders : tuple of float
        Lowest and highest fundamental.
    """
    step = GRID_BINS / (shape.harmonics * bank.window_s * shaft_hz)
    grid = np.arange(max(orders[0], LOWEST_ORDER), orders[1], step)
    at = places(bank, shape, grid, shaft_hz)
    each = []
    for jitter in JITTERS:
        widths = [
            smear(bank, member.harmonic, grid * shaft_hz, jitter)
            + 2 * spacing_tolerance * abs(member.spacing) * shaft_hz * bank.window_s
            for member in shape.members
        ]
        each.append(_best(tables, at, np.array(widths)))
    heights, rows = (np.array(part) for part in zip(*each, strict=True))
    jitters = heights.argmax(axis=0)
    chosen = (jitters, np.arange(grid.size))
    guard = SHAFT_GUARD * grid + LEAKAGE_BINS / (bank.window_s * shaft_hz)
    shafts_own = np.abs(grid - np.maximum(np.rint(grid), 1.0)) < guard
    return Profile(grid, np.where(shafts_own, 0.0, heights[chosen]), rows[chosen], jitters)


def _best(
    tables: Tables, at: npt.NDArray[np.intp], widths: Orders
) -> tuple[Levels, npt.NDArray[np.intp]]:
    """Return the highest log-likelihood over rows at each candidate, and which row has it."""
    heights, rows = np.empty(at.shape[-1], np.float32), np.empty(at.shape[-1], np.intp)
    for start in range(0, at.shape[-1], CANDIDATES):
        part = slice(start, start + CANDIDATES)
        scores = _scores(tables, at[:, part], widths[:, part])
        rows[part] = scores.argmax(axis=1)
        heights[part] = scores.max(axis=1)
    return heights, rows


def _scores(tables: Tables, at: npt.NDArray[np.intp], widths: Orders) -> Levels:
    """Return the families' log-likelihoods, shape (g, b)."""
    classes = np.maximum(np.searchsorted(WIDTHS, widths, side="right") - 1, 0)
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
