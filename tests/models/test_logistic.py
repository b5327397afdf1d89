"""The fit against independent libraries, its own slow formulas and its invariances."""

import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from support.labelled import labelled, slow_bernoulli, with_ones

from models import logistic
from models.bernoulli import Bernoulli
from models.curvature import Quadratic
from models.logistic import gradient_hessian
from models.newton import minimise
from models.samples import row_blocks

Floats = npt.NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=15, deadline=None)


def weighted(seed: int, rows: int) -> Floats:
    return np.random.default_rng(seed).integers(0, 4, rows).astype(float)


def test_maximum_likelihood_is_that_of_statsmodels() -> None:
    X, y = labelled(1, rows=500, columns=6)
    rival = sm.Logit(y, with_ones(X)).fit(method="newton", disp=False)
    fit = logistic.fit(X, y)
    assert fit.parameters == pytest.approx(rival.params, abs=1e-6)
    assert fit.standard_errors == pytest.approx(rival.bse, abs=1e-6)
    assert fit.wald_intervals(0.9) == pytest.approx(rival.conf_int(0.1), abs=1e-6)
    assert fit.trace[-1].objective == pytest.approx(-rival.llf, rel=1e-12)


@pytest.mark.parametrize("ridge", [0.01, 1.0, 300.0])
def test_ridge_is_that_of_scikit_learn(ridge: float) -> None:
    X, y = labelled(2, rows=400, columns=5)
    weights = weighted(2, 400)
    rival = LogisticRegression(C=1 / ridge, solver="newton-cholesky", tol=1e-10)
    rival.fit(X, y, sample_weight=weights)
    fit = logistic.fit(X, y, ridge=ridge, weights=weights)
    assert fit.coefficients == pytest.approx(rival.coef_[0], abs=1e-6)
    assert fit.intercept == pytest.approx(rival.intercept_[0], abs=1e-6)
    assert fit.probability(X) == pytest.approx(rival.predict_proba(X)[:, 1], abs=1e-6)


@given(seeds)
@few
def test_the_blocked_kernel_equals_the_textbook(seed: int) -> None:
    X, y = labelled(seed, rows=150)
    parameters = np.random.default_rng(seed).standard_normal(5)
    weights = weighted(seed, 150)
    fast = gradient_hessian(X, y.astype(float), parameters, weights=weights)
    loss, gradient, hessian = slow_bernoulli(X, y.astype(float), parameters, weights)
    assert fast.objective == pytest.approx(loss, rel=1e-10)
    assert fast.gradient == pytest.approx(gradient, rel=1e-9, abs=1e-9)
    assert fast.hessian == pytest.approx(hessian, rel=1e-9, abs=1e-9)


def test_many_blocks_equal_one(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = labelled(3, rows=1000)
    parameters = np.linspace(-1, 1, 5)
    whole = gradient_hessian(X, y.astype(float), parameters, origin=np.ones(4))
    monkeypatch.setattr("models.samples.BLOCK_SIZE", 5 * 64)
    assert len(row_blocks(1000, 5)) > 10
    cut = gradient_hessian(X, y.astype(float), parameters, origin=np.ones(4))
    assert cut.hessian == pytest.approx(whole.hessian, rel=1e-12, abs=1e-10)
    assert cut.gradient == pytest.approx(whole.gradient, rel=1e-12, abs=1e-10)


def test_derivatives_are_those_of_finite_differences() -> None:
    X, y = labelled(4, rows=60, columns=3)
    at, step = np.array([0.5, -1.0, 0.2, 0.3]), 1e-5

    def there(shift: Floats) -> Quadratic:
        return gradient_hessian(X, y.astype(float), at + shift)

    here = there(np.zeros(4))
    for j, unit in enumerate(np.eye(4) * step):
        ahead, behind = there(unit), there(-unit)
        slope = (ahead.objective - behind.objective) / (2 * step)
        assert here.gradient[j] == pytest.approx(slope, rel=1e-6, abs=1e-6)
        bend = (ahead.gradient - behind.gradient) / (2 * step)
        assert here.hessian[j] == pytest.approx(bend, rel=1e-6, abs=1e-6)


def test_sites_that_share_only_sums_fit_exactly() -> None:
    X, y = labelled(5, rows=900, columns=5)
    sites = [slice(0, 200), slice(200, 250), slice(250, 900)]

    def evaluate(parameters: Floats) -> Quadratic:
        first, *others = [
            gradient_hessian(X[site], y[site].astype(float), parameters) for site in sites
        ]
        return sum(others, first)

    def slope(parameters: Floats) -> tuple[float, Floats]:
        total = evaluate(parameters)
        return total.objective, total.gradient

    def hessian(parameters: Floats) -> Floats:
        return evaluate(parameters).hessian

    fleet = minimise(slope, hessian, np.zeros(6), tolerance=1e-9)
    whole = logistic.fit(X, y, tolerance=1e-9)
    assert fleet.point == pytest.approx(whole.parameters, abs=1e-9)
    assert fleet.local.hessian == pytest.approx(whole.hessian, rel=1e-8, abs=1e-8)


@given(seeds)
@few
def test_weights_are_repeated_rows(seed: int) -> None:
    X, y = labelled(seed)
    weights = weighted(seed, len(y))
    weights[:2] = 1.0
    times = weights.astype(int)
    fit = logistic.fit(X, y, ridge=0.3, weights=weights, tolerance=1e-9)
    again = logistic.fit(
        np.repeat(X, times, axis=0), np.repeat(y, times), ridge=0.3, tolerance=1e-9
    )
    assert fit.parameters == pytest.approx(again.parameters, abs=1e-8)
    assert fit.standard_errors == pytest.approx(again.standard_errors, rel=1e-7)


@given(seeds)
@few
def test_order_of_rows_does_not_matter(seed: int) -> None:
    X, y = labelled(seed)
    order = np.random.default_rng(seed).permutation(len(y))
    fit = logistic.fit(X, y, ridge=0.1, tolerance=1e-9)
    again = logistic.fit(X[order], y[order], ridge=0.1, tolerance=1e-9)
    assert fit.parameters == pytest.approx(again.parameters, abs=1e-8)


@given(seeds, st.floats(-1e3, 1e3), st.integers(-12, 12))
@few
def test_units_and_origins_of_features_do_not_matter(
    seed: int, shift: float, exponent: int
) -> None:
    X, y = labelled(seed)
    scale = np.array([10.0**exponent, 1.0, -2.0, 10.0**-exponent])
    fit = logistic.fit(X, y, tolerance=1e-9)
    other = logistic.fit((X + shift) * scale, y, tolerance=1e-9)
    assert other.coefficients * scale == pytest.approx(fit.coefficients, abs=1e-7)
    assert other.intercept == pytest.approx(
        fit.intercept - shift * fit.coefficients.sum(), abs=1e-4
    )
    assert other.standard_errors[:-1] * np.abs(scale) == pytest.approx(
        fit.standard_errors[:-1], rel=1e-6
    )
    assert other.logit_interval((X + shift) * scale) == pytest.approx(
        fit.logit_interval(X), abs=1e-6
    )


@pytest.mark.parametrize("kind", ["f4", ">f8", "fortran", "strided"])
def test_memory_layout_does_not_matter(kind: str) -> None:
    X, y = labelled(6)
    X = X.astype("f4").astype(float)
    layouts = {
        "f4": X.astype("f4"),
        ">f8": X.astype(">f8"),
        "fortran": np.asfortranarray(X),
        "strided": np.repeat(X, 2, axis=0)[::2],
    }
    fit, other = logistic.fit(X, y, tolerance=1e-9), logistic.fit(layouts[kind], y, tolerance=1e-9)
    assert other.parameters == pytest.approx(fit.parameters, abs=1e-9)


def test_a_warm_start_reaches_the_same_optimum_in_fewer_steps() -> None:
    X, y = labelled(7, rows=600)
    cold = logistic.fit(X, y, ridge=1.0, tolerance=1e-9)
    near = logistic.fit(X[:500], y[:500], ridge=1.0).parameters
    warm = logistic.fit(X, y, ridge=1.0, start=near, tolerance=1e-9)
    assert len(warm.trace) < len(cold.trace)
    assert warm.parameters == pytest.approx(cold.parameters, abs=1e-9)


def every_13th_misleads(kind: str, X: Floats, y: Floats) -> tuple[Floats, Floats]:
    X, y = X.copy(), y.copy()
    if kind == "one class":
        y[::13] = 1
    elif kind == "separated":
        y[::13] = X[::13, 0] > 0
    elif kind == "empty column":
        X[::13, 0] = 0.0
    elif kind == "flipped":
        X[::13] *= -1
    return X, y


@pytest.mark.parametrize("kind", ["fair", "one class", "separated", "empty column", "flipped"])
def test_the_pilot_changes_the_way_but_not_the_end(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = every_13th_misleads(kind, *labelled(8, rows=20_000, columns=3))
    quick = logistic.fit(X, y, ridge=0.5)
    monkeypatch.setattr("models.posterior.PILOT_ROWS_PER_PARAMETER", 1e9)
    plain = logistic.fit(X, y, ridge=0.5)
    assert not quick.trace[0].new_hessian and plain.trace[0].new_hessian
    apart = np.abs(quick.parameters - plain.parameters) / plain.standard_errors
    assert apart.max() < 1e-5
    assert quick.hessian == pytest.approx(plain.hessian, rel=1e-5, abs=1e-3)


def test_thinned_samples_stand_for_all() -> None:
    X, y = labelled(10, rows=30_000, columns=2)
    whole = Bernoulli(X, y.astype(float), np.ones(30_000), np.zeros(2))
    at = np.array([0.3, -0.2, 0.1])
    few = whole.thinned(13)
    assert few.rows == 2308
    assert few.hessian(at) == pytest.approx(whole.hessian(at), abs=500)
    assert few.slope(at)[0] == pytest.approx(whole.slope(at)[0], rel=0.05)


def test_no_copy_of_all_features_is_made() -> None:
    X, y = labelled(12, rows=100_000, columns=40)
    compact = X.astype("f4")
    tracemalloc.start()
    try:
        logistic.fit(compact, y, ridge=1.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < compact.nbytes / 2
