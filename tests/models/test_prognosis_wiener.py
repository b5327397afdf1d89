"""First passage against scipy's inverse Gaussian, the filter against dense Gaussian algebra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.prognosis.posterior import DriftPrior, _filter, infer
from models.prognosis.series import Blocks
from models.prognosis.wiener import first_passage_cdf

positive = st.floats(0.05, 20.0)


@settings(max_examples=60, deadline=None)
@given(gap=positive, drift=positive, diffusion=positive)
def test_first_passage_is_the_inverse_gaussian(gap, drift, diffusion):
    t = np.geomspace(1e-3, 1e3, 40)
    shape = (gap / diffusion) ** 2
    mean = gap / drift
    expected = stats.invgauss.cdf(t, mean / shape, scale=shape)
    found = first_passage_cdf(t, np.float64(gap), np.float64(drift), np.float64(diffusion))
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert np.all(np.diff(found) >= -1e-12)


def test_first_passage_against_simulated_paths():
    rng = np.random.default_rng(5)
    steps = rng.normal(0.02, 0.1 * np.sqrt(0.02), size=(2000, 400))
    reached = (np.cumsum(steps, axis=1) >= 3.0).any(axis=1).mean()
    expected = first_passage_cdf(np.float64(8.0), np.float64(3.0), np.float64(1.0), np.float64(0.1))
    # Discrete steps miss a few crossings: the simulated share may only be a little lower.
    assert reached == pytest.approx(float(expected), abs=0.02)


def test_a_falling_level_may_never_arrive():
    # The chance of ever reaching w against drift -m is exp(-2 m w / s^2).
    found = first_passage_cdf(np.float64(1e9), np.float64(1.0), np.float64(-0.5), np.float64(1.0))
    assert float(found) == pytest.approx(np.exp(-1.0), rel=1e-6)


def test_extremes_neither_overflow_nor_leave_the_unit_interval():
    t = np.array([0.0, 1e-300, 1e-9, 1.0, 1e9, np.inf])
    found = first_passage_cdf(t, np.float64(1e3), np.float64(1e3), np.float64(1e-6))
    assert found[0] == 0.0 and found[-1] == 1.0
    assert np.isfinite(found).all() and (found >= 0).all() and (found <= 1).all()


def dense_posterior(y, t, diffusion, noise, drift_sd):
    """The same model by the covariance of all observations at once, first level diffuse."""
    far = 1e4
    walk = np.minimum.outer(t - t[0], t - t[0]) * diffusion**2
    drift = np.outer(t - t[0], t - t[0]) * drift_sd**2
    K = far**2 + walk + drift + noise**2 * np.eye(t.size)
    to_level = far**2 + walk[-1] + drift[-1]
    to_drift = (t - t[0]) * drift_sd**2
    solved = np.linalg.solve(K, y)
    var = drift_sd**2 - to_drift @ np.linalg.solve(K, to_drift)
    return to_level @ solved, to_drift @ solved, var


def test_the_filter_agrees_with_dense_gaussian_algebra():
    rng = np.random.default_rng(2)
    t = np.cumsum(rng.uniform(0.5, 2.0, 15))
    y = 0.8 * t + rng.normal(size=15)
    _, (level, drift, _, _, drift_var) = _filter(
        y, np.diff(t), np.array([0.7]), np.array([0.4]), 3.0
    )
    expected = dense_posterior(y, t, 0.7, 0.4, 3.0)
    assert level[0] == pytest.approx(expected[0], abs=1e-4)
    assert drift[0] == pytest.approx(expected[1], abs=1e-4)
    assert drift_var[0] == pytest.approx(expected[2], rel=1e-3)


def test_the_filters_likelihood_ratio_agrees_with_dense_gaussian_densities():
    rng = np.random.default_rng(3)
    t = np.arange(12.0)
    y = 0.5 * t + rng.normal(size=12)
    grid = (np.array([0.3, 1.2]), np.array([0.9, 0.2]))
    log_likelihood, _ = _filter(y, np.diff(t), *grid, 2.0)
    dense = []
    for diffusion, noise in zip(*grid, strict=True):
        step = np.diff(np.eye(12), axis=0)
        K = np.minimum.outer(t, t) * diffusion**2 + np.outer(t, t) * 4.0 + noise**2 * np.eye(12)
        # Differences carry all that is left once the first level is diffuse.
        dense.append(stats.multivariate_normal(cov=step @ K @ step.T).logpdf(step @ y))
    assert np.diff(log_likelihood)[0] == pytest.approx(np.diff(dense)[0], rel=1e-9)


def simulated_blocks(seed, *, count=60, drift=2.0, diffusion=0.8, noise=0.3):
    rng = np.random.default_rng(seed)
    t = np.arange(count) / 10.0
    walk = drift * t + diffusion * np.cumsum(np.sqrt(0.1) * rng.standard_normal(count))
    return Blocks(t - t[-1], walk + noise * rng.standard_normal(count), 0.0, 0)


def test_drift_and_diffusion_come_back_within_their_own_errors():
    z, diffusions = [], []
    for seed in range(40):
        found = infer(simulated_blocks(seed))
        mean = found.mean(found.drift)
        variance = found.mean(found.drift_var + found.drift**2) - mean**2
        z.append((mean - 2.0) / np.sqrt(variance))
        diffusions.append(found.mean(found.diffusion))
    assert abs(np.mean(z)) < 0.5
    assert 0.7 < np.std(z) < 1.4
    assert np.median(diffusions) == pytest.approx(0.8, rel=0.25)


def test_a_prior_draws_the_diffusion_towards_other_lives():
    blocks = simulated_blocks(1, count=14)
    plain = infer(blocks)
    drawn = infer(blocks, DriftPrior(2.0, np.log(plain.mean(plain.diffusion) / 4.0), 0.2))
    assert drawn.mean(drawn.diffusion) < plain.mean(plain.diffusion)
    assert drawn.weight.sum() == pytest.approx(1.0)
