"""What is believed before the data: a Gaussian over a regression's parameters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.frame import Frame
from sensors.errors import BadConfig

FloatArray = npt.NDArray[np.float64]

# Asymmetry or negative eigenvalues up to this, relative, are rounding.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class GaussianPrior:
    """A Gaussian over the parameters, as their mean and precision (inverse covariance).

    A direction of zero precision is left to the data. The last release's parameters and Hessian
    make one: ``precision = forgetting * hessian + floor``.

    Attributes
    ----------
    mean : float64 array, shape (q,)
        Coefficients, then the intercept; class by class where there are several.
    precision : float64 array, shape (q, q)
        Symmetric, without negative eigenvalues.

    Raises
    ------
    BadConfig
        Shapes that do not match, numbers that are not finite, or a matrix that is no precision.
    """

    mean: FloatArray
    precision: FloatArray

    def __post_init__(self) -> None:
        size = self.mean.size
        if self.mean.ndim != 1 or self.precision.shape != (size, size):
            raise BadConfig(
                f"prior: mean of shape {self.mean.shape} with a precision of shape "
                f"{self.precision.shape}; they must be (q,) and (q, q)"
            )
        if not (np.isfinite(self.mean).all() and np.isfinite(self.precision).all()):
            raise BadConfig("prior: mean and precision must be finite")
        rounding = TOLERANCE * np.abs(self.precision).max(initial=0.0)
        if np.abs(self.precision - self.precision.T).max(initial=0.0) > rounding:
            raise BadConfig("prior: the precision matrix is not symmetric")
        if np.linalg.eigvalsh(self.precision).min(initial=0.0) < -rounding:
            raise BadConfig("prior: the precision matrix has a negative eigenvalue")


@dataclass(frozen=True, slots=True)
class Belief:
    """The quadratic that a prior or ridge adds to an objective, in solver coordinates.

    Attributes
    ----------
    mean : float64 array, shape (q,)
        Where it is zero.
    precision : float64 array, shape (q, q)
        Its Hessian.
    """

    mean: FloatArray
    precision: FloatArray

    def slope(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return ``(phi - m)' L (phi - m) / 2`` with its gradient."""
        away = point - self.mean
        pull = self.precision @ away
        return float(away @ pull) / 2, pull


def ridge_belief(ridge: float, frame: Frame) -> Belief:
    """Return ``ridge |w|^2 / 2`` over all coefficients; intercepts are left to the data.

    Raises
    ------
    BadConfig
        The ridge is negative or not finite.
    """
    if not 0.0 <= ridge < np.inf:
        raise BadConfig(f"ridge = {ridge} must be finite and not negative")
    size, period = len(frame.backward), len(frame.origin) + 1
    coefficient = np.arange(size) % period < period - 1
    return Belief(np.zeros(size), np.diag(ridge * coefficient))


def prior_belief(prior: GaussianPrior, frame: Frame) -> Belief:
    """Return a prior in solver coordinates (restricted to them, where they are fewer).

    Raises
    ------
    BadConfig
        It is over another number of parameters than the model has.
    """
    if prior.mean.size != len(frame.forward):
        raise BadConfig(
            f"prior over {prior.mean.size} parameters for a model of {len(frame.forward)} "
            f"({len(frame.origin)} features and an intercept a class); "
            "use a prior of the same feature specification"
        )
    precision = frame.forward.T @ prior.precision @ frame.forward
    return Belief(frame.backward @ prior.mean, (precision + precision.T) / 2)
