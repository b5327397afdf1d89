"""Newton's method for smooth convex objectives: Cholesky solve, Armijo line search, open trace.

`minimise` takes functions that return an objective with its derivatives at a point (those of
batches or sites may be summed first) and returns a `Minimum`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.curvature import Direction, Quadratic, factorise
from sensors.errors import NotConverged

FloatArray = npt.NDArray[np.float64]

ARMIJO = 1e-4
SHORTEST_STEP = 2.0**-30
# A Hessian costs about as much as this many gradients: one that ends within them serves on.
PATIENCE = 5
# Objectives are sums of many terms; smaller differences than this, relative, are rounding.
ROUNDING = 16 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the convergence trace: where the solver stood and how it left.

    Attributes
    ----------
    iteration : int
        From 0, the start.
    objective : float
        Value at the point.
    gradient_norm : float
        ``max_j |g_j| / sqrt(H_jj)``: the gradient free of the parameters' units. For a
        log-likelihood it reads in standard errors.
    decrement : float
        Half the squared Newton decrement, ``g' H^-1 g / 2``: the decrease still to be had.
    step_length : float
        Fraction of the Newton step taken from here; 0 at the last point.
    damping : float
        Shift of the equilibrated Hessian's diagonal; above 0 where it was not positive definite.
    new_hessian : bool
        Whether the Hessian was computed here or served on from an earlier point.
    """

    iteration: int
    objective: float
    gradient_norm: float
    decrement: float
    step_length: float
    damping: float
    new_hessian: bool


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where the solver stopped.

    Attributes
    ----------
    point : float64 array, shape (q,)
        The last point.
    local : Quadratic
        Objective, gradient and Hessian at that very point.
    trace : tuple of Step
        One for every point visited.
    converged : bool
        Both stop tests were passed.
    reason : str
        Why the solver stopped.
    """

    point: FloatArray
    local: Quadratic
    trace: tuple[Step, ...]
    converged: bool
    reason: str


def minimise(
    slope: Callable[[FloatArray], tuple[float, FloatArray]],
    hessian: Callable[[FloatArray], FloatArray],
    start: FloatArray,
    *,
    first_hessian: FloatArray | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 100,
) -> Minimum:
    """Minimise a convex function by Newton's method.

    Each iteration solves ``H step = -g`` by Cholesky in equilibrated units, shortens the step until
    ``f(x + t step) <= f(x) - 1e-4 t g'H^-1g``, and moves. A Hessian serves for further steps where
    at its present rate of convergence a few of them reach the tolerance; the last point always has
    its own. One that is not positive definite is shifted by a damping that the trace shows.

    Parameters
    ----------
    slope : callable
        Returns objective and gradient at a point of shape (q,).
    hessian : callable
        Returns the Hessian, which costs much more.
    start : float64 array, shape (q,)
        First point.
    first_hessian : float64 array, shape (q, q), or None
        One that serves near the start, e.g. of fewer samples; None computes it there.
    tolerance : float
        Both ``max_j |g_j| / sqrt(H_jj)`` and the Newton decrement ``sqrt(g' H^-1 g)`` must fall to
        it. For a log-likelihood: standard errors from the optimum.
    max_iterations : int
        Steps allowed.

    Returns
    -------
    Minimum
        With `converged` False, and the reason, where the solver stopped short of its tolerance.

    Raises
    ------
    NotConverged
        The objective is not finite at the start, or not convex.

    Notes
    -----
    Boyd and Vandenberghe, Convex Optimization (2004), sections 9.2 and 9.5.
    """
    point, new = start, first_hessian is None
    here = Quadratic(*slope(start), hessian(start) if first_hessian is None else first_hessian)
    if not here.is_finite:
        raise NotConverged("the objective overflows at the starting point; rescale the columns")
    curvature, trace = factorise(here.hessian), list[Step]()
    while True:
        direction = curvature.direction(here.gradient)
        norm, decrement = direction.gradient_norm, direction.decrement
        small = norm <= tolerance and decrement <= tolerance**2 / 2
        reason = "converged" if small else _given_up(direction, here, trace, max_iterations)
        move = None if reason else _line_search(slope, point, here, direction)
        if move is None and not new:  # the end is judged by the Hessian of the last point
            here, new = replace(here, hessian=hessian(point)), True
            curvature = factorise(here.hessian)
            continue
        length = move[0] if move else 0.0
        values = (here.objective, norm, decrement, length, curvature.damping, new)
        trace.append(Step(len(trace), *values))
        if move is None:
            reason = reason or "no step along the Newton direction lowers the objective"
            return Minimum(point, here, tuple(trace), small, reason)
        point = point + length * direction.step
        here = Quadratic(move[1], move[2], here.hessian)
        left = curvature.direction(here.gradient).decrement
        new = left * (left / decrement) ** PATIENCE > tolerance**2 / 2
        if new:
            here = replace(here, hessian=hessian(point))
            curvature = factorise(here.hessian)


def _line_search(
    slope: Callable[[FloatArray], tuple[float, FloatArray]],
    point: FloatArray,
    here: Quadratic,
    direction: Direction,
) -> tuple[float, float, FloatArray] | None:
    """Halve the step until the objective falls enough (Armijo); None where it never does."""
    length, slack = 1.0, ROUNDING * abs(here.objective)
    while length >= SHORTEST_STEP:
        objective, gradient = slope(point + length * direction.step)
        if objective <= here.objective - ARMIJO * length * 2 * direction.decrement + slack:
            return length, objective, gradient
        length /= 2
    return None


def _given_up(
    direction: Direction, here: Quadratic, trace: list[Step], max_iterations: int
) -> str | None:
    """Return why going on is of no use, or None."""
    if len(trace) >= max_iterations:
        return f"{max_iterations} iterations were not enough"
    at_floor = direction.decrement <= ROUNDING * abs(here.objective)
    if at_floor and trace and direction.gradient_norm > trace[-1].gradient_norm / 2:
        return "the gradient no longer falls: this is the limit of the arithmetic"
    return None
