import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import oas

from models.distance import (
    Scatter,
    distance,
    fit_scatter,
    fit_tail,
    robust_covariance,
    shrink,
    squared_distance,
)
from sensors.errors import TooFewWindows

MIX = np.array(
    [[1.0, 0.8, 0.0, 0.2], [0.0, 0.6, 0.3, 0.0], [0.0, 0.0, 1.5, 0.1], [0.1, 0.0, 0.0, 1.0]]
)


def healthy(n=600, seed=0, heavy=False):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 4)) @ MIX
    if heavy:
        z *= np.sqrt(4.0 / rng.chisquare(4, size=(n, 1)))
    return z


@given(seed=st.integers(0, 10**6), n=st.integers(5, 60), size=st.integers(2, 12))
@settings(max_examples=40, deadline=None)
def test_shrinkage_equals_sklearn(seed, n, size):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, size)) @ rng.normal(size=(size, size))
    expected, rho = oas(X, assume_centered=True)
    ours, our_rho = shrink(X.T @ X / n, n)
    assert our_rho == pytest.approx(rho, abs=1e-12)
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-12 * np.abs(expected).max())


def test_more_features_than_windows_still_inverts():
    z = np.random.default_rng(0).normal(size=(25, 60))
    scatter = fit_scatter(z, np.zeros(z.shape, dtype=bool), ["a"] * 12 + ["b"] * 13)
    far, chance = distance(scatter, z, np.zeros(z.shape, dtype=bool))
    assert np.isfinite(far).all()
    assert ((chance > 0) & (chance <= 1)).all()


@pytest.mark.parametrize("heavy", [False, True])
def test_chance_is_calibrated_on_fresh_windows(heavy):
    units = np.repeat([f"u{k}" for k in range(6)], 100).tolist()
    z = healthy(heavy=heavy)
    scatter = fit_scatter(z, np.zeros(z.shape, dtype=bool), units)
    fresh = healthy(20000, seed=9, heavy=heavy)
    _, chance = distance(scatter, fresh, np.zeros(fresh.shape, dtype=bool))
    assert (chance < 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert (chance < 0.005).mean() == pytest.approx(0.005, abs=0.005)


def test_masked_features_are_marginalised():
    z = healthy()
    units = np.repeat(["a", "b", "c"], 200).tolist()
    scatter = fit_scatter(z, np.zeros(z.shape, dtype=bool), units)
    fresh = healthy(20000, seed=3)
    hidden = np.zeros(fresh.shape, dtype=bool)
    hidden[:, [1, 3]] = True
    spoilt = np.where(hidden, 1e6, fresh)
    _, chance = distance(scatter, spoilt, hidden)
    assert (chance < 0.05).mean() == pytest.approx(0.05, abs=0.025)
    inner = Scatter(
        scatter.covariance[np.ix_([0, 2], [0, 2])],
        scatter.known[[0, 2]],
        scatter.dof,
        scatter.factor,
        0.0,
    )
    _, expected = distance(inner, fresh[:, [0, 2]], hidden[:, [0, 2]])
    assert chance == pytest.approx(expected)


def test_nothing_seen_is_no_distance():
    scatter = fit_scatter(healthy(), np.zeros((600, 4), dtype=bool), ["a"] * 600)
    far, chance = distance(scatter, np.zeros(4), np.ones(4, dtype=bool))
    assert (far.item(), chance.item()) == (0.0, 1.0)


def test_squared_distance_agrees_with_a_slow_twin():
    rng = np.random.default_rng(5)
    z, hidden = rng.normal(size=(40, 4)), rng.uniform(size=(40, 4)) < 0.3
    covariance = MIX.T @ MIX + np.eye(4)
    for row in range(40):
        seen = ~hidden[row]
        inner = covariance[np.ix_(seen, seen)]
        expected = z[row, seen] @ np.linalg.inv(inner) @ z[row, seen] if seen.any() else 0.0
        assert squared_distance(z, hidden, covariance)[row] == pytest.approx(expected)


def test_outliers_do_not_own_the_covariance():
    clean, dirty = healthy(), healthy()
    dirty[:40] = 300.0
    hidden = np.zeros(clean.shape, dtype=bool)
    kept, _ = robust_covariance(clean, hidden, effective=600)
    held, _ = robust_covariance(dirty, hidden, effective=600)
    plain = dirty.T @ dirty / 600
    assert np.linalg.norm(held - kept) < np.linalg.norm(kept)
    assert np.linalg.norm(plain - kept) > 50 * np.linalg.norm(kept)


def test_motors_that_differ_widen_the_calibration():
    rng = np.random.default_rng(6)
    z = healthy()
    units = np.repeat([f"u{k}" for k in range(6)], 100)
    shifted = z + np.repeat(3.0 * rng.normal(size=(6, 4)), 100, axis=0)
    none = np.zeros(z.shape, dtype=bool)
    own = fit_scatter(shifted, none, ["all"] * 600)
    left_out = fit_scatter(shifted, none, units.tolist())
    stranger = healthy(200, seed=8) + 3.0 * rng.normal(size=4)
    _, naive = distance(own, stranger, none[:200])
    _, honest = distance(left_out, stranger, none[:200])
    assert np.median(honest) > np.median(naive)


def test_feature_never_seen_is_left_out():
    z = healthy()
    hidden = np.zeros(z.shape, dtype=bool)
    hidden[:, 2] = True
    scatter = fit_scatter(z, hidden, ["a"] * 300 + ["b"] * 300)
    assert scatter.known.tolist() == [True, True, False, True]
    probe = np.array([0.1, 0.1, 1e6, 0.1])
    assert distance(scatter, probe, np.zeros(4, dtype=bool))[1] > 0.05


def test_tail_of_a_known_law_is_found():
    rng = np.random.default_rng(2)
    squared = 4 * 2.5 * rng.f(4, 6.0, size=20000)
    dof, factor = fit_tail(squared, np.full(20000, 4))
    assert dof == pytest.approx(6.0, rel=0.15)
    assert factor == pytest.approx(2.5, rel=0.05)


def test_too_few_windows_are_refused():
    with pytest.raises(TooFewWindows):
        fit_scatter(healthy(10), np.zeros((10, 4), dtype=bool), ["a"] * 10)
    with pytest.raises(TooFewWindows):
        fit_scatter(healthy(), np.ones((600, 4), dtype=bool), ["a"] * 600)
    with pytest.raises(TooFewWindows):
        fit_scatter(np.empty((0, 4)), np.empty((0, 4), dtype=bool), [])
