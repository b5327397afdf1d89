"""Least squares of a curved model by Levenberg-Marquardt, with what the data leaves open.

Gauss-Newton steps ``(J'J + m diag J'J) s = J'r`` whose damping m falls while steps succeed and
rises while they fail (Marquardt, 1963; K. Madsen et al., Methods for Non-Linear Least Squares
Problems, 2nd ed., 2004).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.errors import NotConverged

Floats = npt.NDArray[np.float64]
Model = Callable[[Floats], Floats]

MOST_STEPS = 100
FIRST_DAMPING = 1e-3
HIGHEST_DAMPING = 1e12
GAIN_TOLERANCE = 1e-6
"""Relative fall of the sum of squares below which nothing more is to be gained."""
DIFFERENCE = 1e-6
"""Step of the Jacobian's central differences, relative to 1 or the parameter."""
SINGULAR = 1e-8
"""Smallest singular value of the scaled Jacobian, over the largest, that still tells parameters."""


HIGHEST_CORRELATION = 0.999


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """A fitted curve.

    Attributes
    ----------
    values : array, shape (p,)
        Parameters.
    covariance : array, shape (p, p)
        Theirs, for independent residuals of equal variance; infinite where `singular`.
    residuals : array, shape (n,)
        Data less model.
    singular : bool
        Whether some combination of parameters leaves the model as it is.
    steps : int
        Steps taken.
    """

    values: Floats
    covariance: Floats
    residuals: Floats
    singular: bool
    steps: int


def fit_curve(model: Model, data: Floats, start: Floats, low: Floats, high: Floats) -> LeastSquares:
    """Minimise ``sum (data - model(values))^2`` between bounds.

    Parameters
    ----------
    model : callable
        From parameters, shape (p,), to what they predict, shape (n,).
    data : array, shape (n,)
        With n above p.
    start, low, high : array, shape (p,)
        Where to begin, and what no parameter may leave.

    Raises
    ------
    NotConverged
        The tolerance was not reached within 100 steps.
    """
    values = np.clip(start, low, high)
    residuals = data - model(values)
    damping = FIRST_DAMPING
    for step in range(MOST_STEPS):
        jacobian = _jacobian(model, values)
        moved = _descend(model, data, values, residuals, jacobian, damping, (low, high))
        if moved is None:
            return _result(values, residuals, jacobian, step)
        values, better, damping = moved
        gain = 1.0 - float(better @ better) / max(float(residuals @ residuals), 1e-300)
        residuals = better
        if gain < GAIN_TOLERANCE:
            return _result(values, residuals, _jacobian(model, values), step + 1)
    raise NotConverged(
        f"the curve was not fitted in {MOST_STEPS} steps; the data may not fit the model at all"
    )


def _descend(
    model: Model,
    data: Floats,
    values: Floats,
    residuals: Floats,
    jacobian: Floats,
    damping: float,
    bounds: tuple[Floats, Floats],
) -> tuple[Floats, Floats, float] | None:
    """Return a better place, its residuals and the next damping; None where there is none."""
    low, high = bounds
    gradient = jacobian.T @ residuals
    # What stands at its bound and wants beyond would bend the step of all others.
    held = ((values <= low) & (gradient < 0)) | ((values >= high) & (gradient > 0))
    free = np.flatnonzero(~held)
    normal = jacobian[:, free].T @ jacobian[:, free]
    scale = np.diag(np.maximum(np.diag(normal), 1e-12 * max(float(normal.max(initial=0)), 1e-300)))
    while damping < HIGHEST_DAMPING:
        step = np.zeros(values.size)
        step[free] = np.linalg.solve(normal + damping * scale, gradient[free])
        trial = np.clip(values + step, low, high)
        tried = data - model(trial)
        if tried @ tried < residuals @ residuals:
            return trial, tried, max(damping / 5, 1e-12)
        damping *= 4
    return None


def _jacobian(model: Model, values: Floats) -> Floats:
    columns = []
    for index in range(values.size):
        reach = np.zeros(values.size)
        reach[index] = DIFFERENCE * max(1.0, abs(float(values[index])))
        columns.append((model(values + reach) - model(values - reach)) / (2 * reach[index]))
    return np.stack(columns, axis=1)


def _result(values: Floats, residuals: Floats, jacobian: Floats, steps: int) -> LeastSquares:
    freedom = max(residuals.size - values.size, 1)
    variance = float(residuals @ residuals) / freedom
    lengths = np.linalg.norm(jacobian, axis=0)
    scaled = jacobian / np.where(lengths > 0, lengths, 1.0)
    _, sizes, turned = np.linalg.svd(scaled, full_matrices=False)
    singular = bool(sizes[-1] <= SINGULAR * sizes[0])
    if singular:
        covariance = np.full((values.size, values.size), np.inf)
    else:
        inverse = (turned.T / sizes**2) @ turned
        covariance = variance * inverse / np.outer(lengths, lengths)
    return LeastSquares(values, covariance, residuals, singular, steps)


def correlation(residuals: Floats) -> float:
    """Return the correlation of neighbouring residuals, 0 where there are none."""
    power = float(residuals @ residuals)
    return float(residuals[1:] @ residuals[:-1]) / power if power > 0 else 0.0


def widening(residuals: Floats) -> float:
    """Return the factor on standard errors of a fit whose residuals hang together.

    n samples with a correlation r of neighbours tell what ``n (1 - r)/(1 + r)`` free ones would.
    """
    held = min(max(correlation(residuals), 0.0), HIGHEST_CORRELATION)
    return math.sqrt((1 + held) / (1 - held))
