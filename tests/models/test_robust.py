import numpy as np
import pytest
from statsmodels.api import RLM
from statsmodels.robust.norms import HuberT

from models.robust import column_median, fit_rows, quantum


def test_huber_regression_equals_statsmodels():
    rng = np.random.default_rng(3)
    design = rng.normal(size=(80, 2))
    values = (2.0 + design @ [1.0, -3.0])[:, None] + 0.1 * rng.standard_t(3, size=(80, 4))
    center, slopes, residual = fit_rows(values, np.ones((80, 4), dtype=bool), design)
    X = np.column_stack([np.ones(80), design])
    for column in range(4):
        # scale about zero, as ours: residuals of a fit with a constant
        oracle = RLM(values[:, column], X, M=HuberT()).fit(tol=1e-10, maxiter=200)
        assert np.append(center[column], slopes[column]) == pytest.approx(oracle.params, abs=2e-3)
    assert residual == pytest.approx(values - X @ np.column_stack([center, slopes]).T)


def test_unseen_entries_have_no_say():
    rng = np.random.default_rng(4)
    design = rng.normal(size=(60, 1))
    values = 1.0 + 2.0 * design + 0.01 * rng.normal(size=(60, 1))
    seen = np.ones((60, 1), dtype=bool)
    seen[:20] = False
    values[:20] = np.nan
    center, slopes, residual = fit_rows(values, seen, design)
    assert (center[0], slopes[0, 0]) == pytest.approx((1.0, 2.0), abs=0.02)
    assert np.isnan(residual[:20]).all()


def test_column_without_anything_has_median_zero():
    assert column_median(np.array([[np.nan, 1.0], [np.nan, 3.0]])).tolist() == [0.0, 2.0]


def test_quantum_is_the_step_of_a_quantised_feature_only():
    assert quantum(np.array([1.0, 1.0, 1.5, 1.5, 3.0, 3.0])) == 0.5
    assert quantum(np.array([0.0, 0.0, 0.0, 100.0])) == 0.0
    assert quantum(np.random.default_rng(0).normal(size=50)) == 0.0
