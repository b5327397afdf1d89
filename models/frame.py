"""The coordinates a regression is solved in, and the way back to its public parameters.

Inside, features are shifted to an origin near the data and classes are free of the redundancy of
the softmax; outside, parameters are (coefficients, intercept), class by class.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import helmert

from sensors.errors import BadConfig

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """A linear map between solver coordinates and public parameters.

    Attributes
    ----------
    origin : float64 array, shape (p,)
        Subtracted from every row of features.
    forward : float64 array, shape (Q, q)
        ``parameters = forward @ phi``.
    backward : float64 array, shape (q, Q)
        Its (pseudo-)inverse.
    """

    origin: FloatArray
    forward: FloatArray
    backward: FloatArray

    def inward(self, parameters: npt.ArrayLike) -> FloatArray:
        """Return public parameters in solver coordinates.

        Raises
        ------
        BadConfig
            Not as many as the model has, or not finite.
        """
        given = np.asarray(parameters, dtype=np.float64).ravel()
        if given.size != len(self.forward) or not np.isfinite(given).all():
            raise BadConfig(
                f"start of {given.size} parameters; give {len(self.forward)} finite ones: "
                f"{len(self.origin)} coefficients and an intercept for each class"
            )
        return self.backward @ given

    def outward_hessian(self, hessian: FloatArray) -> FloatArray:
        """Return a Hessian in solver coordinates as one in public parameters."""
        return self.backward.T @ hessian @ self.backward


def binary_frame(origin: FloatArray) -> Frame:
    """Return the frame of (coefficients, logit at the origin)."""
    return Frame(origin, _to_intercept(origin), _to_intercept(-origin))


def symmetric_frame(origin: FloatArray, classes: int) -> Frame:
    """Return the frame of K classes whose parameters sum to zero over classes.

    An orthonormal basis of that subspace (Helmert's) leaves ridge penalties as they are and the
    Hessian regular.
    """
    contrasts = contrasts_of(classes)
    forward: FloatArray = np.kron(contrasts, _to_intercept(origin))
    backward: FloatArray = np.kron(contrasts.T, _to_intercept(-origin))
    return Frame(origin, forward, backward)


def contrasts_of(classes: int) -> FloatArray:
    """Return an orthonormal basis of what sums to zero over classes, shape (K, K - 1)."""
    basis: FloatArray = helmert(classes).T
    return basis


def _to_intercept(origin: FloatArray) -> FloatArray:
    """Return T of ``(w, b) = T (w, b + origin @ w)``; its inverse is that of ``-origin``."""
    basis = np.eye(len(origin) + 1)
    basis[-1, :-1] = -origin
    return basis
