"""Uncertainty of fitted parameters from the curvature at the optimum (Wald)."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from models.curvature import SINGULAR, equilibration
from sensors.errors import BadConfig

FloatArray = npt.NDArray[np.float64]

# Components below this are rounding: of unit eigenvectors, and of sums that cancel.
NEGLIGIBLE = 1e-6


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Gaussian uncertainty of q parameters, with what the data say nothing about kept apart.

    Attributes
    ----------
    covariance : float64 array, shape (q, q)
        Inverse Hessian over the determined directions, zero over the others.
    undetermined : float64 array, shape (q, k)
        Columns span the directions along which the objective is flat; k is 0 in good data.
    """

    covariance: FloatArray
    undetermined: FloatArray

    def error_of(self, rows: FloatArray) -> FloatArray:
        """Return the standard error of each linear combination ``row @ parameters``.

        ``sqrt(row C row')``, or infinity where an undetermined direction moves the combination.

        Parameters
        ----------
        rows : float64 array, shape (n, q)
            One combination a row.

        Returns
        -------
        float64 array, shape (n,)
        """
        variance = np.einsum("ij,ij->i", rows @ self.covariance, rows)
        errors: FloatArray = np.sqrt(np.maximum(variance, 0.0))
        if self.undetermined.size:
            size = np.abs(rows) @ np.abs(self.undetermined)
            moved = np.abs(rows @ self.undetermined) > NEGLIGIBLE * size
            errors[moved.any(axis=1)] = np.inf
        return errors


def uncertainty(hessian: FloatArray) -> Uncertainty:
    """Invert the Hessian of a negative log-likelihood or log-posterior at its minimum.

    Parameters
    ----------
    hessian : float64 array, shape (q, q)
        Symmetric, without negative eigenvalues beyond rounding.
    """
    scale = equilibration(hessian)
    values, vectors = np.linalg.eigh(hessian * scale * scale[:, None])
    flat = values <= SINGULAR * values[-1]
    determined = scale[:, None] * vectors[:, ~flat]
    loose = np.where(np.abs(vectors[:, flat]) > NEGLIGIBLE, vectors[:, flat], 0.0)
    return Uncertainty(determined / values[~flat] @ determined.T, scale[:, None] * loose)


def interval(estimate: FloatArray, error: FloatArray, level: float) -> FloatArray:
    """Return the limits ``estimate -+ z error``, shape (..., 2); z is 1.96 for a level of 0.95.

    Raises
    ------
    BadConfig
        The level is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise BadConfig(f"confidence level {level} must lie between 0 and 1, e.g. 0.95")
    reach = NormalDist().inv_cdf(0.5 + level / 2) * error
    return np.stack([estimate - reach, estimate + reach], axis=-1)
