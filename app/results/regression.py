"""Ridge regression with one unit left out at a time, and rank correlation with its chance."""

from collections.abc import Sequence

import numpy as np

from models.robust import Floats
from models.splits import leave_one_out


def ridge_left_out(rows: Floats, target: Floats, units: Sequence[str], *, ridge: float) -> Floats:
    """Predict each row from a ridge regression on the rows of all other units.

    ``min |y - b - Z w|^2 + ridge |w|^2`` with Z scaled by mean and deviation of the training rows.

    Parameters
    ----------
    rows : array, shape (N, F)
    target : array, shape (N,)
    units : sequence of str, length N
        Physical unit of each row.
    ridge : float
        Penalty on scaled features.
    """
    predicted = np.empty(len(target))
    for split in leave_one_out(units):
        X, y = rows[split.train], target[split.train]
        mean, scale = X.mean(axis=0), X.std(axis=0)
        scale = np.where(scale > 0.0, scale, 1.0)
        Z = (X - mean) / scale
        weights = np.linalg.solve(Z.T @ Z + ridge * np.eye(Z.shape[1]), Z.T @ (y - y.mean()))
        predicted[split.test] = (rows[split.test] - mean) / scale @ weights + y.mean()
    return predicted


def mean_left_out(target: Floats, units: Sequence[str]) -> Floats:
    """Predict each row by the mean of all other units: what a regression has to beat."""
    predicted = np.empty(len(target))
    for split in leave_one_out(units):
        predicted[split.test] = target[split.train].mean()
    return predicted


def spearman(one: Floats, other: Floats) -> float:
    """Rank correlation (Spearman 1904), ties at their mean rank; zero where one is constant."""
    a, b = _ranks(one), _ranks(other)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0.0 else 0.0


def rms(values: Floats) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(values**2)))


def _ranks(values: Floats) -> Floats:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2.0)[where]
    return ranks
