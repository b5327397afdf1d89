"""Priors, standard errors and intervals."""

import numpy as np
import pytest
from support.labelled import labelled

from models import link, logistic
from models.logistic import GaussianPrior
from sensors.errors import BadConfig

X, Y = labelled(21, rows=400, columns=3)


def test_a_prior_of_ridge_form_is_the_ridge() -> None:
    prior = GaussianPrior(np.zeros(4), np.diag([2.0, 2.0, 2.0, 0.0]))
    by_prior = logistic.fit(X, Y, prior=prior, tolerance=1e-9)
    by_ridge = logistic.fit(X, Y, ridge=2.0, tolerance=1e-9)
    assert by_prior.parameters == pytest.approx(by_ridge.parameters, abs=1e-9)
    assert by_prior.hessian == pytest.approx(by_ridge.hessian, rel=1e-9)


def test_a_prior_pulls_from_the_data_to_its_mean() -> None:
    mean = np.array([3.0, -3.0, 0.0, 1.0])
    free = logistic.fit(X, Y).parameters
    distance = [
        np.linalg.norm(
            logistic.fit(X, Y, prior=GaussianPrior(mean, s * np.eye(4))).parameters - mean
        )
        for s in (1e-6, 1.0, 100.0, 1e8)
    ]
    assert distance[0] == pytest.approx(np.linalg.norm(free - mean), rel=1e-4)
    assert distance == sorted(distance, reverse=True)
    assert distance[-1] < 1e-4


def test_the_optimum_balances_likelihood_and_prior() -> None:
    rng = np.random.default_rng(0)
    root = rng.standard_normal((4, 4))
    prior = GaussianPrior(rng.standard_normal(4), root @ root.T)
    fit = logistic.fit(X + 1e3, Y, prior=prior, ridge=0.5, tolerance=1e-9)
    assert fit.origin.all()
    sums = logistic.gradient_hessian(X + 1e3, Y.astype(float), fit.parameters)
    pull = prior.precision @ (fit.parameters - prior.mean) + 0.5 * np.append(fit.coefficients, 0)
    assert sums.gradient == pytest.approx(-pull, abs=1e-3)
    curvature = sums.hessian + prior.precision + 0.5 * np.diag([1.0, 1.0, 1.0, 0.0])
    assert fit.hessian == pytest.approx(curvature, rel=1e-6)


def test_a_fit_and_its_hessian_stand_for_the_data_it_saw() -> None:
    first = logistic.fit(X[:200], Y[:200])
    prior = GaussianPrior(first.parameters, first.hessian)
    updated = logistic.fit(X[200:], Y[200:], prior=prior)
    whole = logistic.fit(X, Y)
    apart = np.abs(updated.parameters - whole.parameters) / whole.standard_errors
    assert apart.max() < 0.3
    assert updated.standard_errors == pytest.approx(whole.standard_errors, rel=0.1)


@pytest.mark.parametrize(
    ("mean", "precision", "says"),
    [
        (np.zeros(4), np.eye(3), "shape"),
        (np.zeros((2, 2)), np.eye(4), "shape"),
        (np.zeros(4), -np.eye(4), "negative eigenvalue"),
        (np.zeros(4), np.triu(np.ones((4, 4))), "not symmetric"),
        (np.full(4, np.nan), np.eye(4), "finite"),
    ],
)
def test_what_is_no_prior_is_refused(mean: np.ndarray, precision: np.ndarray, says: str) -> None:
    with pytest.raises(BadConfig, match=says):
        GaussianPrior(mean, precision)


def test_a_prior_of_another_model_is_refused() -> None:
    with pytest.raises(BadConfig, match="prior over 3 parameters for a model of 4"):
        logistic.fit(X, Y, prior=GaussianPrior(np.zeros(3), np.eye(3)))


def test_odds_ratios_are_exponentials_of_coefficients() -> None:
    fit = logistic.fit(X, Y)
    ratios = fit.odds_ratios(0.9)
    assert ratios[:, 0] == pytest.approx(np.exp(fit.coefficients))
    assert np.log(ratios[:, 1:]) == pytest.approx(fit.wald_intervals(0.9)[:-1])


def test_the_logit_interval_is_that_of_the_inverse_hessian() -> None:
    fit = logistic.fit(X, Y, ridge=0.2)
    rows = np.column_stack([X[:9], np.ones(9)])
    error = np.sqrt(np.diag(rows @ np.linalg.inv(fit.hessian) @ rows.T))
    limits = fit.logit_interval(X[:9], 0.95)
    assert limits[:, 1] - limits[:, 0] == pytest.approx(2 * 1.959964 * error, rel=1e-6)
    assert limits.mean(axis=1) == pytest.approx(fit.logit(X[:9]))


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    truth, hits = np.array([1.0, -0.5, 0.3]), []
    for _ in range(200):
        design = rng.standard_normal((200, 2))
        chance = link.probability(design @ truth[:2] + truth[2])
        limits = logistic.fit(design, rng.random(200) < chance).wald_intervals(0.9)
        hits.append((limits[:, 0] < truth) & (truth < limits[:, 1]))
    assert np.mean(hits, axis=0) == pytest.approx(0.9, abs=0.06)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, np.nan])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(BadConfig, match="level"):
        logistic.fit(X, Y).wald_intervals(level)


def test_links_hold_at_any_size() -> None:
    z = np.array([-1e4, -40.0, 0.0, 40.0, 1e4])
    assert link.probability(z) == pytest.approx([0.0, np.exp(-40), 0.5, 1.0, 1.0], rel=1e-12)
    pair = np.column_stack([z, np.zeros(5)])
    assert link.softmax(pair)[:, 0] == pytest.approx(link.probability(z), rel=1e-12)
    assert link.log_softmax(pair)[0, 0] == -1e4
