"""Training data that break a naive solver: each is survived, or refused by name."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.labelled import labelled

from models import logistic
from sensors.errors import BadConfig, BadSamples, ModelError, NotConverged, OneClass, SignalError

X, Y = labelled(11, rows=400, columns=3)
SEPARATED = (X[:, 0] > 0).astype(int)
SCALES = np.array([1e12, 1e-12, 1.0])


def test_separation_without_a_ridge_is_named() -> None:
    with pytest.raises(NotConverged, match=r"separated by a plane.*ridge"):
        logistic.fit(X, SEPARATED)


def test_quasi_separation_without_a_ridge_is_named() -> None:
    flag = np.arange(400) % 2
    y = np.where(flag == 1, 1, (np.arange(400) // 2) % 2)
    with pytest.raises(NotConverged, match="separated by a plane"):
        logistic.fit(np.column_stack([flag, X]), y)


def test_fewer_rows_than_columns_without_a_ridge_is_separation() -> None:
    wide = np.random.default_rng(0).standard_normal((20, 50))
    with pytest.raises(NotConverged, match="separated by a plane"):
        logistic.fit(wide, np.arange(20) % 2)


@pytest.mark.parametrize("ridge", [1e-6, 1e-2, 1.0, 1e6])
def test_separation_with_a_ridge_converges(ridge: float) -> None:
    fit = logistic.fit(X, SEPARATED, ridge=ridge, tolerance=1e-9)
    assert fit.converged
    assert fit.coefficients[0] > 0
    sums = logistic.gradient_hessian(X, SEPARATED.astype(float), fit.parameters)
    pull = ridge * np.append(fit.coefficients, 0.0)
    assert sums.gradient == pytest.approx(-pull, abs=1e-6 * max(1.0, ridge**0.5))


def test_fewer_rows_than_columns_with_a_ridge_converges() -> None:
    wide = np.random.default_rng(0).standard_normal((20, 50))
    fit = logistic.fit(wide, np.arange(20) % 2, ridge=1.0)
    assert fit.converged and np.isfinite(fit.standard_errors).all()


def test_collinear_columns_predict_but_are_not_determined() -> None:
    twice = np.column_stack([X, 2 * X[:, 0] + X[:, 1]])
    fit, without = logistic.fit(twice, Y), logistic.fit(X, Y)
    assert fit.converged
    assert max(step.damping for step in fit.trace) > 0.0
    assert fit.logit(twice) == pytest.approx(without.logit(X), abs=1e-6)
    assert np.isinf(fit.standard_errors[[0, 1, 3]]).all()
    assert fit.standard_errors[[2, 4]] == pytest.approx(without.standard_errors[[2, 3]], rel=1e-6)
    inside = fit.logit_interval(twice)
    assert inside == pytest.approx(without.logit_interval(X), abs=1e-5)
    outside = fit.logit_interval(twice + np.array([0.0, 0.0, 0.0, 1.0]))
    assert np.isinf(outside).all()


def test_collinear_columns_share_under_a_ridge() -> None:
    fit = logistic.fit(X[:, [0, 1, 0]], Y, ridge=0.5)
    assert fit.coefficients[0] == pytest.approx(fit.coefficients[2], rel=1e-8)
    assert np.isfinite(fit.standard_errors).all()


@pytest.mark.parametrize("value", [0.0, 7.0, 1e12])
@pytest.mark.parametrize("ridge", [0.0, 1.0])
def test_constant_columns_change_nothing(value: float, ridge: float) -> None:
    padded = np.column_stack([X, np.full(400, value)])
    fit, without = logistic.fit(padded, Y, ridge=ridge), logistic.fit(X, Y, ridge=ridge)
    assert fit.coefficients == pytest.approx([*without.coefficients, 0.0], abs=1e-6)
    assert fit.intercept == pytest.approx(without.intercept, abs=1e-6)
    assert fit.logit_interval(padded) == pytest.approx(without.logit_interval(X), abs=1e-5)
    assert fit.standard_errors[3] == (np.inf if ridge == 0 else pytest.approx(1.0))


def test_scales_of_1e12_are_undone() -> None:
    fit, plain = logistic.fit(X * SCALES, Y, tolerance=1e-9), logistic.fit(X, Y, tolerance=1e-9)
    assert fit.coefficients * SCALES == pytest.approx(plain.coefficients, rel=1e-8)
    assert fit.standard_errors[:3] * SCALES == pytest.approx(plain.standard_errors[:3], rel=1e-8)
    assert len(fit.trace) == len(plain.trace)


def test_an_origin_far_away_keeps_its_digits() -> None:
    far = X * 1e6 + 1e12
    fit, plain = logistic.fit(far, Y), logistic.fit((far - 1e12) / 1e6, Y)
    assert fit.coefficients * 1e6 == pytest.approx(plain.coefficients, rel=1e-6)
    assert fit.probability(far) == pytest.approx(plain.probability((far - 1e12) / 1e6), abs=1e-6)


def test_values_too_large_to_square_are_refused() -> None:
    with pytest.raises(NotConverged, match="rescale"):
        logistic.fit([[1e160], [-1e160], [1e160], [-1e160]], [0, 0, 1, 1])
    with pytest.raises(BadSamples, match=r"column 0.*rescale"):
        logistic.fit(X * 1e160, Y)
    with pytest.raises(BadSamples, match="column 1"):
        logistic.fit(np.full((4, 2), [1.0, 1e308]), [0, 1, 0, 1])


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("with_prior", [False, True])
def test_one_class_is_refused_even_with_a_prior(label: int, with_prior: bool) -> None:
    prior = logistic.GaussianPrior(np.zeros(4), np.eye(4)) if with_prior else None
    with pytest.raises(OneClass, match=f"class {label}"):
        logistic.fit(X, np.full(400, label), ridge=1.0, prior=prior)


def test_one_class_left_by_the_weights_is_refused() -> None:
    with pytest.raises(OneClass):
        logistic.fit(X, Y, ridge=1.0, weights=(Y == 1).astype(float))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_named_by_row_and_column(value: float) -> None:
    bad = X.copy()
    bad[37, 2] = value
    with pytest.raises(BadSamples, match="row 37, column 2"):
        logistic.fit(bad, Y)


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_a_weight_that_is_none_is_named_by_row(value: float) -> None:
    weights = np.ones(400)
    weights[5] = value
    with pytest.raises(BadSamples, match="row 5"):
        logistic.fit(X, Y, weights=weights)


@pytest.mark.parametrize(
    ("features", "labels", "options", "says"),
    [
        (X, Y[:-1], {}, "labels of shape"),
        (X, Y * 2, {}, "is not a class code"),
        (X, Y + 0.5, {}, "is not a class code"),
        (X, np.where(Y == 1, "bad", "good"), {}, "encode classes"),
        (X[:0], Y[:0], {}, "none empty"),
        (X[:, :0], Y, {}, "none empty"),
        (X[:, 0], Y, {}, "none empty"),
        (X.astype(object), Y, {}, "real numbers"),
        (X * 1j, Y, {}, "real numbers"),
        (X, Y, {"weights": np.zeros(400)}, "all weights are zero"),
        (X, Y, {"weights": np.ones(3)}, "weights of shape"),
    ],
)
def test_unusable_samples_are_named(
    features: npt.NDArray[np.generic], labels: npt.ArrayLike, options: dict[str, object], says: str
) -> None:
    with pytest.raises(BadSamples, match=says):
        logistic.fit(features, labels, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options", [{"ridge": -1.0}, {"ridge": np.nan}, {"ridge": np.inf}, {"start": np.zeros(3)}]
)
def test_wrong_options_are_named(options: dict[str, object]) -> None:
    with pytest.raises(BadConfig, match=r"ridge|start"):
        logistic.fit(X, Y, **options)  # type: ignore[arg-type]


def test_too_few_iterations_name_remedies() -> None:
    with pytest.raises(NotConverged, match="more iterations"):
        logistic.fit(X, Y, max_iterations=1)


def test_beyond_the_arithmetic_the_fit_is_flagged() -> None:
    fit, plain = logistic.fit(X, Y, tolerance=0.0), logistic.fit(X, Y, tolerance=1e-9)
    assert not fit.converged
    assert len(fit.trace) < 30
    assert fit.parameters == pytest.approx(plain.parameters, abs=1e-7)


def test_features_of_another_model_are_refused() -> None:
    with pytest.raises(BadSamples, match="2 features for a model of 3"):
        logistic.fit(X, Y).logit(X[:, :2])


anything = hnp.arrays(
    np.float64, st.tuples(st.integers(0, 12), st.integers(0, 3)), elements=st.floats(width=64)
)


@given(anything, st.lists(st.integers(-1, 2), max_size=12), st.sampled_from([0.0, 1.0]))
@settings(max_examples=80, deadline=None)
def test_anything_is_fitted_or_refused_by_name(
    features: npt.NDArray[np.float64], labels: list[int], ridge: float
) -> None:
    try:
        fit = logistic.fit(features, labels, ridge=ridge)
    except (SignalError, ModelError):
        return
    assert np.isfinite(fit.parameters).all()
    assert not np.isnan(fit.standard_errors).any()
    assert np.isfinite(fit.probability(features)).all()
