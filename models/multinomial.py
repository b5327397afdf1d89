"""Multinomial logistic regression by Newton-Raphson, symmetric in its classes.

As `models.logistic`, for K classes: each has its own coefficients, which sum to zero over classes
(where a ridge penalty puts them by itself).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models import link, wald
from models.categorical import Categorical, Contrasts, gradient_hessian
from models.frame import contrasts_of, symmetric_frame
from models.newton import Step
from models.posterior import maximise
from models.prior import GaussianPrior
from models.samples import as_codes, as_features, as_features_of, as_weights, near_origin

__all__ = ["Fit", "GaussianPrior", "fit", "gradient_hessian"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted softmax model, ``P(y=k) ~ exp(intercept_k + x @ coefficients_k)``.

    Attributes
    ----------
    coefficients : float64 array, shape (K, p)
        Log odds per unit of each feature, of each class against the geometric mean of all.
    origin : float64 array, shape (p,)
        Zero, but for columns whose mean dwarfs their spread: there the mean.
    origin_logits : float64 array, shape (K,)
        Logits at `origin`, summing to zero.
    hessian : float64 array, shape (K (p + 1), K (p + 1))
        Of the negative log-posterior in `parameters`; zero along what changes all classes alike.
    uncertainty : Uncertainty
        In the solver's coordinates, the contrasts between classes at the origin.
    trace : tuple of Step
        Where Newton's method went, on all rows.
    converged : bool
        As in `models.logistic.Fit`.
    """

    coefficients: FloatArray
    origin: FloatArray
    origin_logits: FloatArray
    hessian: FloatArray
    uncertainty: wald.Uncertainty
    trace: tuple[Step, ...]
    converged: bool

    @property
    def intercepts(self) -> FloatArray:
        """Logits where every feature is zero, shape (K,)."""
        return self.origin_logits - self.coefficients @ self.origin

    @property
    def parameters(self) -> FloatArray:
        """Coefficients, then the intercept, of class after class, shape (K (p + 1),)."""
        return np.column_stack([self.coefficients, self.intercepts]).ravel()

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors of coefficients and intercept by class, shape (K, p + 1).

        From the inverse Hessian among the contrasts, as in `models.logistic.Fit`.
        """
        classes = len(self.coefficients)
        forward = symmetric_frame(self.origin, classes).forward
        return self.uncertainty.error_of(forward).reshape(classes, -1)

    def wald_intervals(self, level: float = 0.95) -> FloatArray:
        """Return confidence limits of coefficients and intercept, shape (K, p + 1, 2)."""
        errors = self.standard_errors
        return wald.interval(self.parameters.reshape(errors.shape), errors, level)

    def logits(self, X: npt.ArrayLike) -> FloatArray:
        """Return the logits of each row, shape (n, K), summing to zero over classes."""
        offsets = as_features_of(X, self.coefficients.shape[1]) - self.origin
        return offsets @ self.coefficients.T + self.origin_logits

    def probabilities(self, X: npt.ArrayLike) -> FloatArray:
        """Return the class probabilities of each row, shape (n, K)."""
        return link.softmax(self.logits(X))


def fit(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    ridge: float = 0.0,
    prior: GaussianPrior | None = None,
    weights: npt.ArrayLike | None = None,
    start: npt.ArrayLike | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 100,
) -> Fit:
    """Fit by maximum likelihood, or by maximum posterior with a ridge, a prior or both.

    Minimises what `models.logistic.fit` does, over parameters that sum to zero over classes; with a
    ridge alone that is the symmetric optimum of scikit-learn.

    Parameters
    ----------
    X : array_like, shape (n, p)
        Features; float arrays of any precision and memory order are not copied as a whole.
    y : array_like, shape (n,)
        Classes 0 to K - 1, each present.
    ridge : float
        Penalty on every class's coefficients, the inverse of scikit-learn's ``C``.
    prior : GaussianPrior or None
        Over `Fit.parameters`, restricted to sums of zero over classes.
    weights : array_like, shape (n,), or None
        Sample weights; zero leaves a row out.
    start : array_like, shape (K (p + 1),), or None
        `Fit.parameters` of an earlier fit, to begin from.
    tolerance, max_iterations
        As in `models.newton.minimise`.

    Raises
    ------
    BadSamples
        Features, labels or weights that cannot be used; the row, column or class is named.
    BadConfig
        A ridge, prior or start of the wrong sign or shape.
    OneClass
        A single class, even with a prior.
    NotConverged
        Classes that a plane separates, without a ridge (no finite optimum exists), or a solver
        that stopped short.
    """
    features = as_features(X)
    sample_weights = as_weights(weights, len(features))
    codes = as_codes(y, sample_weights)
    classes = int(codes.max()) + 1
    frame = symmetric_frame(near_origin(features, sample_weights), classes)
    samples = Categorical(features, codes, sample_weights, frame.origin, classes)
    contrasts = Contrasts(samples, contrasts_of(classes))
    minimum, around = maximise(
        contrasts,
        frame,
        ridge=ridge,
        prior=prior,
        start=start,
        tolerance=tolerance,
        max_iterations=max_iterations,
    )
    by_class = contrasts.by_class(minimum.point)
    return Fit(
        coefficients=by_class[:, :-1],
        origin=frame.origin,
        origin_logits=by_class[:, -1],
        hessian=frame.outward_hessian(minimum.local.hessian),
        uncertainty=around,
        trace=minimum.trace,
        converged=minimum.converged,
    )
