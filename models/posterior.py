"""From a likelihood and what was believed before to the maximum of the posterior.

What binary and multinomial regression share: the start, the solver, and the refusals.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.frame import Frame
from models.newton import Minimum, minimise
from models.prior import Belief, GaussianPrior, prior_belief, ridge_belief
from models.wald import Uncertainty, uncertainty
from sensors.errors import NotConverged

FloatArray = npt.NDArray[np.float64]

# Many rows: a rough fit of every 13th (coprime to schedules' periods) gives start and Hessian.
PILOT_STRIDE = 13
PILOT_ROWS_PER_PARAMETER = 500
# The log-likelihood still to be gained where the arithmetic may end before the tolerance does.
ACCEPTED_DECREMENT = 1e-6
# At an optimum the remaining Newton step moves no logit; between separated classes it moves some
# by about one, for ever.
SEPARATION_STEP = 0.01


class Likelihood(Protocol):
    """A negative log-likelihood as a sum over samples, in solver coordinates."""

    @property
    def rows(self) -> int:
        """How many samples."""
        ...

    def slope(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return objective and gradient."""
        ...

    def hessian(self, point: FloatArray) -> FloatArray:
        """Return the Hessian."""
        ...

    def largest_move(self, step: FloatArray) -> float:
        """Return the largest change of any sample's logit along a step."""
        ...

    def thinned(self, stride: int) -> "Likelihood":
        """Return every `stride`-th sample, weighted to stand for all."""
        ...


def maximise(
    likelihood: Likelihood,
    frame: Frame,
    *,
    ridge: float,
    prior: GaussianPrior | None,
    start: npt.ArrayLike | None,
    tolerance: float,
    max_iterations: int,
) -> tuple[Minimum, Uncertainty]:
    """Return the maximum of the posterior and the uncertainty around it.

    Raises
    ------
    BadConfig
        A ridge, prior or start of the wrong sign or shape.
    NotConverged
        Separated classes without a ridge, or a solver that stopped short of the optimum.
    """
    beliefs = [ridge_belief(ridge, frame)]
    if prior is not None:
        beliefs.append(prior_belief(prior, frame))
    given = None if start is None else (frame.inward(start), None)
    with np.errstate(over="ignore", invalid="ignore"):  # `minimise` sees and names an overflow
        begin, hessian = given or _pilot(likelihood, beliefs, frame)
        minimum = minimise(
            *_objective(likelihood, beliefs),
            begin,
            first_hessian=hessian,
            tolerance=tolerance,
            max_iterations=max_iterations,
        )
    around = uncertainty(minimum.local.hessian)
    _refuse_unfinished(minimum)
    _refuse_separated(likelihood, around.covariance @ minimum.local.gradient)
    return minimum, around


def _objective(
    likelihood: Likelihood, beliefs: list[Belief]
) -> tuple[Callable[[FloatArray], tuple[float, FloatArray]], Callable[[FloatArray], FloatArray]]:
    def slope(point: FloatArray) -> tuple[float, FloatArray]:
        objective, gradient = likelihood.slope(point)
        for belief in beliefs:
            value, pull = belief.slope(point)
            objective, gradient = objective + value, gradient + pull
        return objective, gradient

    def hessian(point: FloatArray) -> FloatArray:
        return sum((belief.precision for belief in beliefs), likelihood.hessian(point))

    return slope, hessian


def _pilot(
    likelihood: Likelihood, beliefs: list[Belief], frame: Frame
) -> tuple[FloatArray, FloatArray | None]:
    """Return a start and a Hessian: zero, or for many rows those of a rough fit of a few."""
    zero = np.zeros(len(frame.backward))
    if likelihood.rows < PILOT_ROWS_PER_PARAMETER * zero.size:
        return zero, None
    few = _objective(likelihood.thinned(PILOT_STRIDE), beliefs)
    rough = minimise(*few, zero, tolerance=1.0, max_iterations=8)
    return rough.point, rough.local.hessian


def _refuse_separated(likelihood: Likelihood, remaining: FloatArray) -> None:
    move = likelihood.largest_move(remaining)
    if move > SEPARATION_STEP:
        raise NotConverged(
            "the classes can be separated by a plane, so the likelihood has no maximum and the "
            f"coefficients grow for ever (a further step still moves a logit by {move:.2g}); "
            "set ridge above 0, give a prior, or drop the feature that tells the classes apart"
        )


def _refuse_unfinished(minimum: Minimum) -> None:
    last = minimum.trace[-1]
    if not minimum.converged and last.decrement > ACCEPTED_DECREMENT:
        raise NotConverged(
            f"Newton's method stopped after {last.iteration} steps: {minimum.reason} (gradient "
            f"{last.gradient_norm:.1e} standard errors, decrement {last.decrement:.1e}); "
            "raise the ridge (separated classes need one), drop nearly collinear columns, or "
            "allow more iterations"
        )
