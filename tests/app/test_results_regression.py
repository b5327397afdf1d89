import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from app.results.regression import mean_left_out, ridge_left_out, rms, spearman
from sensors.errors import BadConfig


def test_left_out_predictions_agree_with_sklearn():
    rng = np.random.default_rng(0)
    rows, target = rng.normal(3.0, [1.0, 20.0, 0.1], (12, 3)), rng.normal(size=12)
    units = [f"u{k // 2}" for k in range(12)]
    found = ridge_left_out(rows, target, units, ridge=2.5)
    for k in range(12):
        train = [j for j in range(12) if units[j] != units[k]]
        mean, scale = rows[train].mean(axis=0), rows[train].std(axis=0)
        model = Ridge(alpha=2.5).fit((rows[train] - mean) / scale, target[train])
        assert found[k] == pytest.approx(model.predict([(rows[k] - mean) / scale])[0], rel=1e-9)


def test_a_unit_never_predicts_itself():
    rows, target = np.zeros((6, 1)), np.arange(6.0)
    units = ["a", "a", "b", "b", "c", "c"]
    rows[4:] = 7.0  # a constant column in training must not divide by zero
    np.testing.assert_allclose(ridge_left_out(rows, target, units, ridge=1.0)[4:], 1.5)
    np.testing.assert_allclose(mean_left_out(target, units), [3.5, 3.5, 2.5, 2.5, 1.5, 1.5])


def test_one_unit_cannot_be_left_out():
    with pytest.raises(BadConfig, match="at least two"):
        mean_left_out(np.zeros(3), ["a", "a", "a"])


@settings(max_examples=50, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(st.integers(-5, 5), st.floats(-10, 10, allow_subnormal=False)),
        min_size=3,
        max_size=20,
    )
)
def test_rank_correlation_agrees_with_scipy(pairs):
    one, other = (np.array(side, dtype=np.float64) for side in zip(*pairs, strict=True))
    if len(set(one)) < 2 or len(set(other)) < 2:
        assert spearman(one, other) == 0.0
        return
    assert spearman(one, other) == pytest.approx(scipy.stats.spearmanr(one, other)[0], abs=1e-12)


def test_rms():
    assert rms(np.array([3.0, -4.0])) == pytest.approx(np.sqrt(12.5))
