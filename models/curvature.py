"""An objective near one point, and the solve that a Newton step needs there.

A `Quadratic` carries value, gradient and Hessian; `factorise` turns its Hessian into a `Curvature`
that answers with Newton directions.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from sensors.errors import NotConverged

FloatArray = npt.NDArray[np.float64]

# A pivot of the equilibrated Hessian is one minus the squared multiple correlation of its column
# with those before it; below this, sums of rounded products no longer tell it from zero.
SINGULAR = 1e-12
FIRST_DAMPING = 1e-10
SMALLEST = 1e-290


@dataclass(frozen=True, slots=True)
class Quadratic:
    """An objective near one point, as a sum over samples: two of them add up.

    Attributes
    ----------
    objective : float
        Value at the point.
    gradient : float64 array, shape (q,)
        First derivatives.
    hessian : float64 array, shape (q, q)
        Second derivatives, symmetric.
    """

    objective: float
    gradient: FloatArray
    hessian: FloatArray

    def __add__(self, other: "Quadratic") -> "Quadratic":
        return Quadratic(
            self.objective + other.objective,
            self.gradient + other.gradient,
            self.hessian + other.hessian,
        )

    @property
    def is_finite(self) -> bool:
        """Whether objective, gradient and Hessian hold numbers only."""
        parts = (self.objective, self.gradient, self.hessian)
        return all(bool(np.isfinite(part).all()) for part in parts)


@dataclass(frozen=True, slots=True)
class Direction:
    """A Newton step with what it says about the distance still to go.

    Attributes
    ----------
    step : float64 array, shape (q,)
        ``-H^-1 g``.
    gradient_norm : float
        ``max_j |g_j| / sqrt(H_jj)``, to the nearest power of two in the divisor.
    decrement : float
        ``g' H^-1 g / 2``.
    """

    step: FloatArray
    gradient_norm: float
    decrement: float


@dataclass(frozen=True, slots=True)
class Curvature:
    """A Hessian factorised in equilibrated units, for as many solves as it serves.

    Attributes
    ----------
    scale : float64 array, shape (q,)
        Powers of two, see `equilibration`.
    factor : float64 array, shape (q, q)
        Lower Cholesky factor of the scaled Hessian.
    damping : float
        What was added to its diagonal of ones; 0 where it was positive definite.
    """

    scale: FloatArray
    factor: FloatArray
    damping: float

    def direction(self, gradient: FloatArray) -> Direction:
        """Solve ``H step = -gradient``."""
        scaled = gradient * self.scale
        step = -cho_solve((self.factor, True), scaled)
        return Direction(step * self.scale, float(np.abs(scaled).max()), float(-scaled @ step) / 2)


def equilibration(hessian: FloatArray) -> FloatArray:
    """Return powers of two ``d`` that bring the diagonal of ``d_i H_ij d_j`` near 1.

    Powers of two multiply without rounding, so undoing the scaling is exact. Columns of scale 1e12
    beside columns of scale 1 then meet the solver alike (van der Sluis, 1969). What is so small
    that its digits are gone counts as zero and stays as it is.
    """
    diagonal = np.diag(hessian)
    exponent = np.zeros_like(diagonal)
    np.log2(diagonal, out=exponent, where=diagonal > SMALLEST)
    scale: FloatArray = np.exp2(-np.rint(exponent / 2))
    return scale


def factorise(hessian: FloatArray) -> Curvature:
    """Factorise a Hessian; one that is not positive definite is damped just enough to be.

    Raises
    ------
    NotConverged
        No damping helps: the objective is not convex.
    """
    scale = equilibration(hessian)
    equilibrated, identity = hessian * scale * scale[:, None], np.eye(len(hessian))
    damping = 0.0
    while damping <= 1.0:
        try:
            factor, _ = cho_factor(equilibrated + damping * identity, lower=True)
        except LinAlgError:
            pass
        else:
            if damping or np.diag(factor).min() ** 2 > SINGULAR:
                return Curvature(scale, factor, damping)
        damping = damping * 100 if damping else FIRST_DAMPING
    raise NotConverged(
        "the Hessian has a negative eigenvalue, so the objective is not convex; "
        "check the precision matrix of the prior"
    )
