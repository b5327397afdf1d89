"""Binary logistic regression by Newton-Raphson, with standard errors.

Labelled feature rows go in; a frozen `Fit` with its uncertainty and convergence trace comes out.
The sums underneath (`gradient_hessian`) add up over batches and sites.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models import link, wald
from models.bernoulli import Bernoulli, gradient_hessian
from models.frame import binary_frame
from models.newton import Step
from models.posterior import maximise
from models.prior import GaussianPrior
from models.samples import as_codes, as_features, as_features_of, as_weights, near_origin

__all__ = ["Fit", "GaussianPrior", "fit", "gradient_hessian"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted binary logistic regression, ``logit P(y=1) = intercept + x @ coefficients``.

    Attributes
    ----------
    coefficients : float64 array, shape (p,)
        Change of the log odds per unit of each feature.
    origin : float64 array, shape (p,)
        Zero, but for columns whose mean dwarfs their spread: there the mean.
    origin_logit : float
        Logit at `origin`.
    hessian : float64 array, shape (p + 1, p + 1)
        Of the negative log-posterior in `parameters`: the precision of a next prior.
    uncertainty : Uncertainty
        Of (coefficients, origin_logit).
    trace : tuple of Step
        Where Newton's method went, on all rows.
    converged : bool
        False where the arithmetic ended before the tolerance did, with less than 1e-6 of
        log-likelihood left to gain; a fit further away than that is refused.
    """

    coefficients: FloatArray
    origin: FloatArray
    origin_logit: float
    hessian: FloatArray
    uncertainty: wald.Uncertainty
    trace: tuple[Step, ...]
    converged: bool

    @property
    def intercept(self) -> float:
        """Logit where every feature is zero."""
        return float(self.origin_logit - self.origin @ self.coefficients)

    @property
    def parameters(self) -> FloatArray:
        """Coefficients, then the intercept, shape (p + 1,): the order of Hessian and prior."""
        return np.append(self.coefficients, self.intercept)

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors of `parameters`, shape (p + 1,), from the inverse Hessian.

        Posterior deviations where there was a ridge or prior; infinite where the data leave a
        parameter undetermined, as collinear columns do.
        """
        return self.uncertainty.error_of(binary_frame(self.origin).forward)

    def wald_intervals(self, level: float = 0.95) -> FloatArray:
        """Return confidence limits of `parameters`, shape (p + 1, 2)."""
        return wald.interval(self.parameters, self.standard_errors, level)

    def odds_ratios(self, level: float = 0.95) -> FloatArray:
        """Return the odds ratio per unit of each feature with its limits, shape (p, 3)."""
        limits = self.wald_intervals(level)[:-1]
        with np.errstate(over="ignore"):
            ratios: FloatArray = np.exp(np.column_stack([self.coefficients, limits]))
        return ratios

    def logit(self, X: npt.ArrayLike) -> FloatArray:
        """Return the logit of each row, shape (n,)."""
        return self._offsets(X) @ self.coefficients + self.origin_logit

    def probability(self, X: npt.ArrayLike) -> FloatArray:
        """Return the probability of class 1 of each row, shape (n,)."""
        return link.probability(self.logit(X))

    def logit_interval(self, X: npt.ArrayLike, level: float = 0.95) -> FloatArray:
        """Return limits ``z -+ q sqrt(x C x')`` of each row's logit, shape (n, 2)."""
        offsets = self._offsets(X)
        error = self.uncertainty.error_of(np.column_stack([offsets, np.ones(len(offsets))]))
        return wald.interval(offsets @ self.coefficients + self.origin_logit, error, level)

    def _offsets(self, X: npt.ArrayLike) -> FloatArray:
        return as_features_of(X, len(self.coefficients)) - self.origin


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

    Minimises ``sum_i w_i loss_i + ridge |w|^2 / 2 + (t - m)' L (t - m) / 2`` where t is
    (coefficients w, intercept) and (m, L) the prior; the ridge leaves the intercept alone.

    Parameters
    ----------
    X : array_like, shape (n, p)
        Features; float arrays of any precision and memory order are not copied as a whole.
    y : array_like, shape (n,)
        Classes, 0 or 1.
    ridge : float
        Penalty, the inverse of scikit-learn's ``C``.
    prior : GaussianPrior or None
        Over (coefficients, intercept), such as the last release's.
    weights : array_like, shape (n,), or None
        Sample weights; zero leaves a row out.
    start : array_like, shape (p + 1,), or None
        `Fit.parameters` of an earlier fit, to begin from.
    tolerance, max_iterations
        As in `models.newton.minimise`.

    Raises
    ------
    BadSamples
        Features, labels or weights that cannot be used; the row or column is named.
    BadConfig
        A ridge, prior or start of the wrong sign or shape.
    OneClass
        A single class, even with a prior: such data only teach a model never to alarm.
    NotConverged
        Classes that a plane separates, without a ridge (no finite optimum exists), or a solver
        that stopped short.
    """
    features = as_features(X)
    sample_weights = as_weights(weights, len(features))
    labels = as_codes(y, sample_weights, classes=2)
    frame = binary_frame(near_origin(features, sample_weights))
    minimum, around = maximise(
        Bernoulli(features, labels, sample_weights, frame.origin),
        frame,
        ridge=ridge,
        prior=prior,
        start=start,
        tolerance=tolerance,
        max_iterations=max_iterations,
    )
    return Fit(
        coefficients=minimum.point[:-1],
        origin=frame.origin,
        origin_logit=float(minimum.point[-1]),
        hessian=frame.outward_hessian(minimum.local.hessian),
        uncertainty=around,
        trace=minimum.trace,
        converged=minimum.converged,
    )
