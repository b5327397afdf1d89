"""Distance of a window from health: shrunk Mahalanobis on baseline deviations z, as a chance.

One linear direction misses faults nobody has trained on; distance from health does not ask which
fault it is. Masked features are marginalised: the submatrix of the seen ones is used.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc, fdtri

from models.inverses import inverse
from models.robust import Floats, Mask
from sensors.errors import TooFewWindows

ROUNDS = 10
MIN_WINDOWS = 20
MIN_SEEN = 0.5
"""A feature seen in fewer of the training windows has no covariance and counts as masked."""
DOF_RANGE = (1.0, 200.0)
Weigh = Callable[[npt.NDArray[np.intp], Floats], npt.NDArray[np.floating[Any]]]
"""Features seen, and deviations of some windows in them: ``C^-1 z``, of the same shape."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """How healthy motors scatter about their own baselines.

    Attributes
    ----------
    covariance : array, shape (F, F)
        Robust, shrunk covariance of z about zero.
    known : bool array, shape (F,)
        Features it holds for.
    dof : float
        Degrees of freedom of the multivariate t that fits the tail.
    factor : float
        Squared scale of that t beside the covariance.
    shrinkage : float
        Weight of the spherical target, 0 to 1.
    """

    covariance: Floats
    known: Mask
    dof: float
    factor: float
    shrinkage: float


def fit_scatter(
    z: Floats, mask: Mask, units: Sequence[str], *, effective: float | None = None
) -> Scatter:
    """Fit the scatter of healthy windows of several motors.

    The covariance is about z = 0, the motor's own baseline. No window counts for more than one at
    twice the median squared distance, so outliers are held. Distances for the calibration are of
    motors left out of the covariance, where there are two or more.

    Parameters
    ----------
    z, mask : arrays, shape (N, F)
        From `Baseline.scale`.
    units : sequence of str, length N
        Motor of each window.
    effective : float, optional
        Independent windows among the N, for the shrinkage; N where not given.

    Raises
    ------
    TooFewWindows
        Fewer than 20 windows, or no feature seen in half of them.
    """
    known = (~mask).mean(axis=0) >= MIN_SEEN if len(z) else np.zeros(z.shape[1], dtype=bool)
    if len(z) < MIN_WINDOWS or not known.any():
        raise TooFewWindows(
            f"distance: {len(z)} healthy windows with {int(known.sum())} usable features; "
            f"bring at least {MIN_WINDOWS} windows"
        )
    hidden = mask | ~known
    share = (effective or len(z)) / len(z)
    covariance, shrinkage = robust_covariance(z, hidden, effective=share * len(z))
    named = np.asarray(units, dtype=object)
    squared = squared_distance(z, hidden, covariance)
    if len(set(units)) > 1:
        for unit in sorted(set(units)):
            rest, own = named != unit, named == unit
            other, _ = robust_covariance(z[rest], hidden[rest], effective=share * rest.sum())
            squared[own] = squared_distance(z[own], hidden[own], other)
    dof, factor = fit_tail(squared, (~hidden).sum(axis=1))
    return Scatter(covariance, known, dof, factor, shrinkage)


def distance(scatter: Scatter, z: Floats, mask: Mask) -> tuple[Floats, Floats]:
    """Distance of windows from health, and the chance that a healthy one is as far.

    ``d^2 = z' C^-1 z / (m factor)`` over the m seen features; 1 is about typical. Chance is the
    tail of F(m, dof), the law of d^2 for a multivariate t, which marginalises exactly.

    Parameters
    ----------
    z, mask : arrays, shape (N, F) or (F,)
        From `Baseline.scale`.

    Returns
    -------
    distance, chance : arrays, shape (N,) or ()
        0 and 1 where nothing is seen.
    """
    rows, hidden = np.atleast_2d(z), np.atleast_2d(mask) | ~scatter.known
    seen = (~hidden).sum(axis=1)
    squared = _by_pattern(rows, hidden, lambda kept, z: inverse(scatter.covariance, kept) @ z)
    squared = np.divide(squared, seen * scatter.factor, out=np.zeros_like(squared), where=seen > 0)
    chance = np.where(seen > 0, fdtrc(np.maximum(seen, 1), scatter.dof, squared), 1.0)
    shape = z.shape[:-1]
    return np.sqrt(squared).reshape(shape), chance.reshape(shape)


def robust_covariance(z: Floats, hidden: Mask, *, effective: float) -> tuple[Floats, float]:
    """Covariance about zero with outliers held, shrunk; returns it and the shrinkage.

    Parameters
    ----------
    z, hidden : arrays, shape (N, F)
        Deviations, and which of them are not seen.
    effective : float
        Independent windows among the N.
    """
    weights = np.ones(len(z))
    for _ in range(ROUNDS):
        raw = _pairwise_covariance(z, hidden, weights)
        covariance, shrinkage = shrink(raw, effective)
        squared = squared_distance(z, hidden, covariance)
        typical = max(float(np.median(squared)), 1e-300)
        weights = np.minimum(1.0, 2.0 * typical / np.maximum(squared, 1e-300))
    return covariance, shrinkage


def shrink(covariance: Floats, effective: float) -> tuple[Floats, float]:
    """Oracle approximating shrinkage towards ``mu I`` (Chen et al. 2010, as in scikit-learn).

    ``rho = (a + mu^2) / ((n + 1) (a - mu^2 / F))`` with a the mean squared entry and mu the mean
    variance. The result is positive definite.

    Parameters
    ----------
    covariance : array, shape (F, F)
        Raw.
    effective : float
        n, the independent windows behind it.
    """
    size = len(covariance)
    level = float(np.trace(covariance)) / size
    power = float(np.mean(covariance**2))
    depth = (effective + 1.0) * (power - level**2 / size)
    rho = 1.0 if depth <= 0.0 else min(1.0, (power + level**2) / depth)
    shrunk = (1.0 - rho) * covariance + rho * level * np.eye(size)
    least = float(np.linalg.eigvalsh(shrunk)[0])
    floor = 1e-6 * level if level > 0.0 else 1.0
    if least < floor:  # pairwise sums with missing entries need not be positive definite
        shrunk = shrunk + (floor - least) * np.eye(size)
    return shrunk, rho


def squared_distance(z: Floats, hidden: Mask, covariance: Floats) -> Floats:
    """Return ``z' C^-1 z`` of each row over its seen features.

    Parameters
    ----------
    z, hidden : arrays, shape (N, F)
        Deviations, and which of them are left out.
    covariance : array, shape (F, F)
        Positive definite.
    """
    return _by_pattern(
        z, hidden, lambda seen, inner: np.linalg.solve(covariance[np.ix_(seen, seen)], inner)
    )


def _by_pattern(z: Floats, hidden: Mask, weigh: Weigh) -> Floats:
    """Return ``z' C^-1 z`` of each row, where `weigh` makes ``C^-1 z`` of the features seen."""
    result = np.zeros(len(z))
    for rows, seen in _patterns(hidden):
        inner = z[np.ix_(rows, seen)].T
        result[rows] = (inner * weigh(seen, inner)).sum(axis=0)
    return result


def fit_tail(squared: Floats, seen: npt.NDArray[np.intp]) -> tuple[float, float]:
    """Fit dof and factor of ``d^2 / m ~ factor F(m, dof)`` by the median and the 95 % quantile.

    Parameters
    ----------
    squared : array, shape (N,)
        ``z' C^-1 z`` of healthy windows.
    seen : int array, shape (N,)
        Features behind each, m.
    """
    some = seen > 0
    middle, high = np.quantile(squared[some] / seen[some], [0.5, 0.95])
    size = float(np.median(seen[some]))
    if middle <= 0.0:
        return DOF_RANGE[0], 1.0
    low_dof, high_dof = DOF_RANGE
    for _ in range(60):
        dof = float(np.sqrt(low_dof * high_dof))
        heavy = fdtri(size, dof, 0.95) / fdtri(size, dof, 0.5) > high / middle
        low_dof, high_dof = (dof, high_dof) if heavy else (low_dof, dof)
    return dof, float(middle / fdtri(size, dof, 0.5))


def _pairwise_covariance(z: Floats, hidden: Mask, weights: Floats) -> Floats:
    seen = (~hidden).astype(np.float64)
    filled = np.where(hidden, 0.0, z)
    total = (filled * weights[:, None]).T @ filled
    count = (seen * weights[:, None]).T @ seen
    return np.divide(total, count, out=np.zeros_like(total), where=count > 0.0)


def _patterns(hidden: Mask) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Yield the rows that share a pattern of seen features, with these features."""
    if (hidden == hidden[:1]).all():
        if len(hidden) and not hidden[0].all():
            yield np.arange(len(hidden)), np.flatnonzero(~hidden[0])
        return
    patterns, where = np.unique(hidden, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if not pattern.all():
            yield np.flatnonzero(where.reshape(-1) == number), np.flatnonzero(~pattern)
