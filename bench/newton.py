"""Newton's logistic regression beside scikit-learn and statsmodels, at equal gradient norm.

200,000 rows, 60 columns, one BLAS thread. Each rival takes the fewest steps that bring ``max
|gradient of the mean loss|`` to 1e-8; ours must then come at least as near to zero as the rival
did, which is checked. Rounds interleave the solvers; a speed-up is the median of their ratios.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import statsmodels.api as sm
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from models import link, logistic

Floats = npt.NDArray[np.float64]

ROWS, COLUMNS, ROUNDS, SEED = 200_000, 60, 7, 0
TARGET = 1e-8


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a solver found: parameters, steps, and Hessians it computed on all rows."""

    parameters: Floats
    steps: int
    hessians: int


def samples() -> tuple[Floats, Floats]:
    """Return normal features and classes drawn from a logit model of them."""
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal((ROWS, COLUMNS))
    logit = X @ rng.standard_normal(COLUMNS) * 1.5 / COLUMNS**0.5 + 0.3
    return X, (rng.random(ROWS) < link.probability(logit)).astype(float)


def ours(X: Floats, y: Floats, ridge: float, norm: float) -> Outcome:
    """Fit with `models.logistic` to a gradient norm, standard errors included.

    Its tolerance is in units of ``sqrt(H_jj)``, at most half the root of n for unit variance.
    """
    fit = logistic.fit(X, y, ridge=ridge, tolerance=2.0 * norm * ROWS**0.5)
    assert np.isfinite(fit.standard_errors).all()
    return Outcome(fit.parameters, len(fit.trace) - 1, sum(step.new_hessian for step in fit.trace))


def scikit_learn(X: Floats, y: Floats) -> Outcome:
    """Fit with scikit-learn's Newton-Cholesky, whose tolerance is the target itself."""
    model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=TARGET).fit(X, y)
    steps = int(model.n_iter_[0])
    return Outcome(np.append(model.coef_[0], model.intercept_[0]), steps, steps)


def statsmodels(design: Floats, y: Floats, steps: int) -> Outcome:
    """Fit with statsmodels' Newton for a fixed number of steps."""
    fit = sm.Logit(y, design).fit(
        method="newton", maxiter=steps, tol=0.0, disp=False, warn_convergence=False
    )
    return Outcome(fit.params, steps, steps)


def gradient_norm(X: Floats, y: Floats, found: Outcome, ridge: float) -> float:
    """Return ``max |gradient|`` of the mean penalised loss."""
    gradient = logistic.gradient_hessian(X, y, found.parameters).gradient
    gradient[:-1] += ridge * found.parameters[:-1]
    return float(np.abs(gradient).max()) / len(y)


def fewest_steps(X: Floats, design: Floats, y: Floats) -> int:
    """Return the number of steps after which statsmodels reaches the target."""
    steps = 1
    while gradient_norm(X, y, statsmodels(design, y, steps), 0.0) > TARGET:
        steps += 1
    return steps


def timed(solve: Callable[[], Outcome]) -> tuple[float, Outcome]:
    """Return the seconds a call took, and its outcome."""
    start = time.perf_counter()
    found = solve()
    return time.perf_counter() - start, found


def run() -> dict[str, float]:
    """Measure, print the table, and return the figures by their published names.

    Raises
    ------
    RuntimeError
        A rival misses the target or we miss the rival's norm, so times would not compare.
    """
    X, y = samples()
    design = np.column_stack([X, np.ones(ROWS)])
    with threadpool_limits(1):
        steps = fewest_steps(X, design, y)
        ridged = gradient_norm(X, y, scikit_learn(X, y), 1.0)
        plain = gradient_norm(X, y, statsmodels(design, y, steps), 0.0)
        solvers: dict[str, Callable[[], Outcome]] = {
            "ridge 1: Motorwatch": lambda: ours(X, y, 1.0, ridged),
            "ridge 1: scikit-learn": lambda: scikit_learn(X, y),
            "ridge 0: Motorwatch": lambda: ours(X, y, 0.0, plain),
            "ridge 0: statsmodels": lambda: statsmodels(design, y, steps),
            "one X'X": lambda: Outcome(X.T @ X, 0, 0),
        }
        rounds = [[timed(solve) for solve in solvers.values()] for _ in range(ROUNDS)]
    seconds = np.array([[took for took, _ in each] for each in rounds])
    found = [outcome for _, outcome in rounds[-1]]
    norms = [
        gradient_norm(X, y, outcome, ridge)
        for outcome, ridge in zip(found[:4], (1.0, 1.0, 0.0, 0.0), strict=True)
    ]
    show([*solvers], seconds, found, norms)
    if not (norms[0] <= norms[1] <= TARGET and norms[2] <= norms[3] <= TARGET):
        raise RuntimeError(f"gradient norms {norms} are not equal or better: times do not compare")
    return figures(seconds, found[0])


def figures(seconds: Floats, ridged: Outcome) -> dict[str, float]:
    """Return the published figures from the seconds of each round and solver, shape (R, 5)."""
    ours_ridged, scikit, ours_plain, stats, gram = seconds.T
    return {
        "newton_speedup_sklearn": float(np.median(scikit / ours_ridged)),
        "newton_speedup_statsmodels": float(np.median(stats / ours_plain)),
        "newton_over_gram": float(np.median(ours_ridged / (gram * ridged.steps))),
        "newton_over_gram_per_hessian": float(np.median(ours_ridged / (gram * ridged.hessians))),
    }


def show(names: list[str], seconds: Floats, found: list[Outcome], norms: list[float]) -> None:
    """Print the table."""
    table = Table(title=f"Newton: n = {ROWS:,}, p = {COLUMNS}, one BLAS thread, {ROUNDS} rounds")
    for heading in ("", "median ms", "least", "most", "steps", "Hessians", "max |g| / n"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, took, outcome, norm in zip(
        names, 1e3 * seconds.T, found, [*norms, np.nan], strict=True
    ):
        times = [f"{value:.0f}" for value in (np.median(took), took.min(), took.max())]
        counts = [str(outcome.steps), str(outcome.hessians)] if outcome.steps else ["", ""]
        table.add_row(name, *times, *counts, f"{norm:.1e}" if np.isfinite(norm) else "")
    Console().print(table)
