"""Likelihood that a line of a family stands about a bin of a pooled bank.

The power p of a line over the floor follows ``exp(-p)`` in noise; the mean p of n bins is likelier
from a line than from noise by ``n (p - 1 - ln p)`` (natural logarithm, a line's power being what
fits best).

Elements that slip at random take a line apart: after N passages their place has walked by
``sigma sqrt(N)`` spacings, so harmonic k is ``2 pi (k sigma)^2`` of its fundamental wide (a
Lorentzian's full width at half height), and its power is summed over as many bins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.bank import Levels
from dsp.pooled import PADDING, PooledBank

JITTERS = (0.0, 0.02)
"""Random slip from one passage to the next, in spacings: none, and what is usual."""
WIDTHS = (1, 2, 4, 8, 16, 32, 64)
"""Bins summed, of one over the window's length."""
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
    return {width: _likelihood(mean.T, width) for width, mean in _means(powers)}


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
