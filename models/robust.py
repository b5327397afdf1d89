"""Robust location, scale and regression of many columns at once, with missing entries."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

HUBER = 1.345
"""Tuning of Huber's weights: 95 % efficiency on Gaussian residuals."""
ROUNDS = 20


def fit_rows(values: Floats, seen: Mask, design: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit every column of `values` on `design` by Huber regression; the median where it is empty.

    Iteratively reweighted least squares, weights ``min(1, 1.345 s / |r|)`` with s = 1.4826 MAD
    (Huber 1981), started from the median and least squares.

    Parameters
    ----------
    values, seen : arrays, shape (N, F)
        Observations, and which of them are usable.
    design : array, shape (N, P)
        Regressors without the constant, about zero.

    Returns
    -------
    center : array, shape (F,)
        Constant term; zero where nothing is seen.
    slopes : array, shape (F, P)
        Coefficients.
    residual : array, shape (N, F)
        NaN where unseen.
    """
    held = np.where(seen, values, np.nan)
    center = column_median(held)
    if design.shape[1] == 0:
        return center, np.empty((center.size, 0)), held - center
    X = np.column_stack([np.ones(len(design)), design])
    filled = np.where(seen, values, 0.0)
    weights = seen.astype(np.float64)
    for _ in range(ROUNDS):
        solution = _weighted_least_squares(X, filled, weights)
        residual = np.where(seen, values - X @ solution.T, np.nan)
        size = np.nan_to_num(np.abs(residual))
        limit = HUBER * 1.4826 * column_median(np.abs(residual))
        weights = seen * np.minimum(1.0, limit / np.maximum(size, np.maximum(limit, 1e-300)))
    return solution[:, 0], solution[:, 1:], residual


def robust_scale(residual: Floats, values: Floats, seen: Mask) -> Floats:
    """Scale of each column of residuals: MAD, else mean absolute deviation, at least a quantum.

    Parameters
    ----------
    residual : array, shape (N, F)
        NaN where unseen.
    values, seen : arrays, shape (N, F)
        The observations, for their quantisation step.
    """
    size = np.abs(residual)
    scale = 1.4826 * column_median(size)
    count = np.maximum(seen.sum(axis=0), 1)
    mean_size = np.sqrt(np.pi / 2.0) * np.nan_to_num(size).sum(axis=0) / count
    scale = np.where(scale > 0.0, scale, mean_size)
    steps = [quantum(values[seen[:, f], f]) for f in range(values.shape[1])]
    return np.maximum(scale, steps)


def quantum(values: Floats) -> float:
    """Smallest gap between values that each occur at least twice; zero for a continuous feature."""
    levels, counts = np.unique(values, return_counts=True)
    repeated = levels[counts > 1]
    return float(np.diff(repeated).min()) if repeated.size > 1 else 0.0


def column_median(values: Floats) -> Floats:
    """Median of each column without its NaN; zero for a column with nothing else."""
    result = np.zeros(values.shape[1])
    some = np.isfinite(values).any(axis=0)
    result[some] = np.nanmedian(values[:, some], axis=0)
    return result


def _weighted_least_squares(X: Floats, values: Floats, weights: Floats) -> Floats:
    gram = np.einsum("ni,nj,nf->fij", X, X, weights)
    gram += 1e-12 * np.trace(gram, axis1=1, axis2=2)[:, None, None] * np.eye(X.shape[1])
    gram[:, range(X.shape[1]), range(X.shape[1])] += 1e-300
    target = np.einsum("ni,nf,nf->fi", X, values, weights)
    return np.linalg.solve(gram, target[..., None])[..., 0]
