import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from support.labelled import labelled, slow_categorical, with_ones

from models import logistic, multinomial
from models.multinomial import GaussianPrior, gradient_hessian
from sensors.errors import BadConfig, BadSamples, NotConverged, OneClass

Floats = npt.NDArray[np.float64]
X, Y = labelled(31, rows=500, columns=3, classes=4)


@pytest.mark.parametrize("ridge", [0.1, 1.0, 50.0])
def test_ridge_is_that_of_scikit_learn(ridge: float) -> None:
    weights = np.random.default_rng(0).integers(0, 3, 500).astype(float)
    rival = LogisticRegression(C=1 / ridge, solver="newton-cholesky", tol=1e-10)
    rival.fit(X, Y, sample_weight=weights)
    fit = multinomial.fit(X, Y, ridge=ridge, weights=weights)
    assert fit.coefficients == pytest.approx(rival.coef_, abs=1e-6)
    free = rival.intercept_ - rival.intercept_.mean()
    assert fit.intercepts == pytest.approx(free, abs=1e-6)
    assert fit.probabilities(X) == pytest.approx(rival.predict_proba(X), abs=1e-6)


def test_maximum_likelihood_is_that_of_statsmodels() -> None:
    rival = sm.MNLogit(Y, with_ones(X)).fit(method="newton", disp=False)
    fit = multinomial.fit(X, Y)
    by_class = fit.parameters.reshape(4, 4)
    contrasts = by_class[1:] - by_class[0]
    assert contrasts == pytest.approx(rival.params.T, abs=1e-6)
    assert fit.trace[-1].objective == pytest.approx(-rival.llf, rel=1e-12)
    against_first = np.kron(np.column_stack([-np.ones(3), np.eye(3)]), np.eye(4))
    inverse = np.linalg.pinv(fit.hessian)
    errors = np.sqrt(np.diag(against_first @ inverse @ against_first.T)).reshape(3, 4)
    assert errors == pytest.approx(rival.bse.T, abs=1e-6)
    own = np.sqrt(np.diag(inverse)).reshape(4, 4)
    assert fit.standard_errors == pytest.approx(own, rel=1e-8)


def test_parameters_sum_to_zero_over_classes() -> None:
    fit = multinomial.fit(X + 50, Y)
    assert fit.coefficients.sum(axis=0) == pytest.approx(0.0, abs=1e-12)
    assert fit.intercepts.sum() == pytest.approx(0.0, abs=1e-9)


def test_two_classes_are_the_binary_model() -> None:
    both = Y % 2
    two, one = multinomial.fit(X, both, ridge=2.0), logistic.fit(X, both, ridge=1.0)
    assert two.coefficients[1] - two.coefficients[0] == pytest.approx(one.coefficients, abs=1e-7)
    assert two.probabilities(X)[:, 1] == pytest.approx(one.probability(X), abs=1e-7)
    assert 2 * two.standard_errors[1] == pytest.approx(one.standard_errors, rel=1e-6)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None)
def test_the_blocked_kernel_equals_the_textbook(seed: int) -> None:
    features, codes = labelled(seed, rows=60, columns=2, classes=3)
    rng = np.random.default_rng(seed)
    parameters, weights = rng.standard_normal(9), rng.integers(0, 3, 60).astype(float)
    fast = gradient_hessian(features, codes.astype(float), parameters, classes=3, weights=weights)
    slow = slow_categorical(features, codes, parameters, weights, 3)
    assert fast.objective == pytest.approx(slow[0], rel=1e-10)
    assert fast.gradient == pytest.approx(slow[1], rel=1e-9, abs=1e-9)
    assert fast.hessian == pytest.approx(slow[2], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("block", [64, 2**18])
def test_the_kernel_of_many_classes_equals_that_of_few(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    features, codes = labelled(17, rows=333, columns=4, classes=7)
    rng = np.random.default_rng(17)
    at, weights = rng.standard_normal(35), rng.random(333)
    monkeypatch.setattr("models.categorical.PRODUCTS", block)
    monkeypatch.setattr("models.categorical.MANY_CLASSES", 7)
    many = gradient_hessian(features, codes.astype(float), at, classes=7, weights=weights)
    monkeypatch.setattr("models.categorical.MANY_CLASSES", 8)
    few = gradient_hessian(features, codes.astype(float), at, classes=7, weights=weights)
    assert many.hessian == pytest.approx(few.hessian, rel=1e-11, abs=1e-11)


def test_derivatives_are_those_of_finite_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.samples.BLOCK_SIZE", 4 * 64)
    at, codes, step = np.linspace(-1, 1, 16), Y.astype(float), 1e-5
    here = gradient_hessian(X, codes, at, classes=4)
    for j in (0, 3, 9, 15):
        unit = np.eye(16)[j] * step
        ahead = gradient_hessian(X, codes, at + unit, classes=4)
        behind = gradient_hessian(X, codes, at - unit, classes=4)
        slope = (ahead.objective - behind.objective) / (2 * step)
        assert here.gradient[j] == pytest.approx(slope, rel=1e-6, abs=1e-5)
        bend = (ahead.gradient - behind.gradient) / (2 * step)
        assert here.hessian[j] == pytest.approx(bend, rel=1e-5, abs=1e-5)


def test_batches_add_up() -> None:
    codes, at = Y.astype(float), np.linspace(-1, 1, 16)
    whole = gradient_hessian(X, codes, at, classes=4)
    parts = [gradient_hessian(X[s::3], codes[s::3], at, classes=4) for s in range(3)]
    total = sum(parts[1:], parts[0])
    assert total.objective == pytest.approx(whole.objective, rel=1e-12)
    assert total.gradient == pytest.approx(whole.gradient, abs=1e-9)
    assert total.hessian == pytest.approx(whole.hessian, abs=1e-9)


def test_a_prior_of_ridge_form_is_the_ridge() -> None:
    precision = np.diag(np.tile([2.0, 2.0, 2.0, 0.0], 4))
    fit = multinomial.fit(X, Y, prior=GaussianPrior(np.zeros(16), precision))
    assert fit.parameters == pytest.approx(multinomial.fit(X, Y, ridge=2.0).parameters, abs=1e-8)


def test_a_fit_and_its_hessian_stand_for_the_data_it_saw() -> None:
    first, whole = multinomial.fit(X[:300], Y[:300]), multinomial.fit(X, Y)
    prior = GaussianPrior(first.parameters, first.hessian)
    updated = multinomial.fit(X[300:], Y[300:], prior=prior)
    apart = np.abs(updated.parameters - whole.parameters).reshape(4, 4) / whole.standard_errors
    assert apart.max() < 0.5


def test_a_strong_prior_wins() -> None:
    mean = np.random.default_rng(1).standard_normal((4, 4))
    mean -= mean.mean(axis=0)
    fit = multinomial.fit(X + 1e3, Y, prior=GaussianPrior(mean.ravel(), 1e13 * np.eye(16)))
    assert fit.parameters == pytest.approx(mean.ravel(), abs=1e-4)


def test_a_warm_start_reaches_the_same_optimum_in_fewer_steps() -> None:
    cold = multinomial.fit(X, Y, tolerance=1e-9)
    warm = multinomial.fit(X, Y, start=cold.parameters + 1e-3, tolerance=1e-9)
    assert len(warm.trace) < len(cold.trace)
    assert warm.parameters == pytest.approx(cold.parameters, abs=1e-8)


def test_the_pilot_changes_the_way_but_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    features, codes = labelled(9, rows=2900, columns=2, classes=3)
    plain = multinomial.fit(features, codes, ridge=1.0)
    monkeypatch.setattr("models.posterior.PILOT_ROWS_PER_PARAMETER", 100)
    quick = multinomial.fit(features, codes, ridge=1.0)
    assert not quick.trace[0].new_hessian and plain.trace[0].new_hessian
    assert quick.parameters == pytest.approx(plain.parameters, abs=1e-6)


def test_separation_is_named_and_a_ridge_cures_it() -> None:
    codes = np.digitize(X[:, 0], [-0.5, 0.5])
    with pytest.raises(NotConverged, match="separated by a plane"):
        multinomial.fit(X, codes)
    fit = multinomial.fit(X, codes, ridge=1.0)
    assert fit.converged
    assert np.mean(fit.probabilities(X).argmax(axis=1) == codes) > 0.9


def test_scales_collinear_and_constant_columns_are_survived() -> None:
    scale = np.array([1e12, 1e-12, 1.0])
    fit, plain = (
        multinomial.fit(X * scale, Y, tolerance=1e-9),
        multinomial.fit(X, Y, tolerance=1e-9),
    )
    assert fit.coefficients * scale == pytest.approx(plain.coefficients, rel=1e-7)
    padded = np.column_stack([X, X[:, 0], np.full(500, 1e12)])
    loose = multinomial.fit(padded, Y)
    assert loose.probabilities(padded) == pytest.approx(plain.probabilities(X), abs=1e-6)
    assert np.isinf(loose.standard_errors[:, [0, 3, 4]]).all()
    assert loose.standard_errors[:, 1] == pytest.approx(plain.standard_errors[:, 1], rel=1e-6)


def test_wald_intervals_stand_around_the_parameters() -> None:
    fit = multinomial.fit(X, Y, ridge=1.0)
    limits = fit.wald_intervals(0.95)
    assert limits.shape == (4, 4, 2)
    assert limits.mean(axis=2).ravel() == pytest.approx(fit.parameters)
    assert limits[..., 1] - limits[..., 0] == pytest.approx(2 * 1.959964 * fit.standard_errors)


def test_wrong_samples_are_named() -> None:
    with pytest.raises(OneClass):
        multinomial.fit(X, np.zeros(500), ridge=1.0)
    with pytest.raises(BadSamples, match="class 1 of 4"):
        multinomial.fit(X, np.where(Y == 1, 2, Y), ridge=1.0)
    with pytest.raises(BadSamples, match="row 3"):
        multinomial.fit(X, np.where(np.arange(500) == 3, 10**9, Y), ridge=1.0)
    with pytest.raises(BadConfig, match="start"):
        multinomial.fit(X, Y, start=np.zeros(4))
