import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.intervals import (
    bootstrap_units,
    proportion_interval,
    rate_bound,
    rate_interval,
    too_few_units,
    unit_strata,
)
from sensors.errors import BadSamples


@given(count=st.integers(0, 200), exposure=st.floats(0.1, 1e4))
@settings(max_examples=40, deadline=None)
def test_garwood_equals_chi_square_quantiles(count, exposure):
    interval = rate_interval(count, exposure)
    low = stats.chi2.ppf(0.025, 2 * count) / 2 / exposure if count else 0.0
    assert interval.low == pytest.approx(low, rel=1e-9)
    assert interval.high == pytest.approx(
        stats.chi2.ppf(0.975, 2 * count + 2) / 2 / exposure, rel=1e-9
    )


def test_no_alarm_in_12_7_hours_bounds_173_per_month():
    assert rate_bound(0, 12.7 / 730.0) == pytest.approx(172.2, abs=0.1)


@given(trials=st.integers(1, 300), share=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_clopper_pearson_equals_scipy(trials, share):
    successes = round(share * trials)
    expected = stats.binomtest(successes, trials).proportion_ci(0.95, method="exact")
    ours = proportion_interval(successes, trials)
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(("count", "exposure"), [(-1, 1.0), (0, 0.0), (0, float("nan"))])
def test_impossible_rates_are_refused(count, exposure):
    with pytest.raises(BadSamples):
        rate_interval(count, exposure)


def test_impossible_proportion_is_refused():
    with pytest.raises(BadSamples):
        proportion_interval(3, 2)


def test_bootstrap_draws_units_not_rows():
    rng = np.random.default_rng(0)
    means = rng.normal(size=12)
    units = np.repeat([f"u{k}" for k in range(12)], 400)
    values = np.repeat(means, 400) + 0.01 * rng.normal(size=4800)

    def mean(rows):
        return float(values[rows].mean())

    interval = bootstrap_units(mean, units.tolist(), ["a"] * 4800, seed=1)
    spread = means.std() / np.sqrt(12)
    width = interval.high - interval.low
    assert 2.5 * spread < width < 5.0 * spread  # rows would give a width twenty times smaller
    assert interval.covers(mean(np.arange(4800)))


def test_bootstrap_is_seeded_and_keeps_strata():
    units = ["a", "b", "c", "d"]
    strata = ["x", "x", "y", "y"]
    seen = []

    def statistic(rows):
        seen.append(sorted(strata[r] for r in rows))
        return float(rows.sum())

    first = bootstrap_units(statistic, units, strata, seed=3, repeats=50)
    assert all(row == ["x", "x", "y", "y"] for row in seen)
    assert first == bootstrap_units(statistic, units, strata, seed=3, repeats=50)


def test_units_are_grouped_by_the_classes_they_hold():
    groups = unit_strata(["a", "a", "b", "c"], ["early", "late", "late", "early"])
    assert groups == {"early": ["c"], "early+late": ["a"], "late": ["b"]}


def test_fewer_than_five_units_carry_no_claim():
    units = [f"u{k}" for k in range(9)]
    reason = too_few_units(units, ["healthy"] * 5 + ["faulty"] * 4)
    assert reason is not None
    assert "'faulty' has 4" in reason
    assert too_few_units([*units, "u9"], ["healthy"] * 5 + ["faulty"] * 5) is None
