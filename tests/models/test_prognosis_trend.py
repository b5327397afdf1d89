"""The trend test: against Kendall's tau, its false rate on noise, and what it finds on ramps."""

import msgspec
import numpy as np
import pytest
from scipy import stats
from support.degradation import autocorrelated, make_series
from support.feature_vectors import make_vector, make_vectors

from models.prognosis.mann_kendall import inflation_of, mann_kendall
from models.prognosis.rules import load_prognosis_rules
from models.prognosis.series import LevelSeries, blocks_of, evenly, level_series
from models.prognosis.trend import Trend, find_trend, spans
from sensors.errors import BadConfig, BadSamples, MissingChannel, TooFewWindows

RULES = load_prognosis_rules()
NO_LEAST = msgspec.structs.replace(
    RULES, trend=msgspec.structs.replace(RULES.trend, least_rise_db=-1e9)
)
ONE = msgspec.structs.replace(RULES.indicator, block_windows=1)


def trend_of(levels, rules=RULES):
    return find_trend(blocks_of(make_series(levels), rules.indicator), rules)


# --- Mann-Kendall ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_score_is_kendalls_and_so_is_its_chance_without_correlation(seed):
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=40) + 0.02 * np.arange(40), 1)  # with ties
    t = np.arange(40.0)
    found = mann_kendall(t, values)
    # tau-b with ties only in the values: S over sqrt of (all pairs) x (pairs not tied).
    pairs = 40 * 39 / 2
    tied = sum(n * (n - 1) / 2 for n in np.unique(values, return_counts=True)[1])
    tau = stats.kendalltau(t, values).statistic
    assert found.score == pytest.approx(tau * np.sqrt(pairs * (pairs - tied)), abs=1e-6)
    variance = (40 * 39 * 85 - _tie_sum(values)) / 18
    z = (found.score - np.sign(found.score)) / np.sqrt(variance * found.inflation)
    assert found.p_value == pytest.approx(stats.norm.sf(z), rel=1e-9)
    assert found.slope == pytest.approx(stats.theilslopes(values, t).slope)


def _tie_sum(values):
    counts = np.unique(values, return_counts=True)[1]
    return sum(n * (n - 1) * (2 * n + 5) for n in counts.tolist())


def test_inflation_is_one_for_white_noise_and_that_of_the_process_for_correlated():
    rng = np.random.default_rng(1)
    assert inflation_of(rng.normal(size=20_000)) == pytest.approx(1.0, abs=0.05)
    # The variance of a mean of AR(1) noise is (1 + r) / (1 - r) that of independent values.
    assert inflation_of(autocorrelated(rng, 20_000, 0.6)) == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize(
    ("values", "t"),
    [
        (np.zeros(5), np.arange(5.0)),
        (np.array([0.0, np.nan, 1, 2, 3, 4, 5]), np.arange(7.0)),
        (np.zeros(8), np.zeros(8)),
        (np.zeros((4, 4)), np.zeros((4, 4))),
    ],
    ids=("few", "nan", "times", "shape"),
)
def test_mann_kendall_refuses_what_has_no_order(values, t):
    with pytest.raises(BadSamples, match="Mann-Kendall needs"):
        mann_kendall(t, values)


def test_a_constant_level_has_no_trend():
    assert mann_kendall(np.arange(20.0), np.ones(20)).p_value == 0.5


# --- false rate -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("phi", "most"), [(0.0, 0.015), (0.3, 0.02), (0.6, 0.035), (0.8, 0.05)])
def test_the_false_rate_on_stationary_noise_is_near_its_nominal(phi, most):
    """Blocks of noise, however strongly they follow one another; no least rise helps."""
    rng = np.random.default_rng(17)
    looks = 400
    rules = msgspec.structs.replace(NO_LEAST, indicator=ONE)
    false = sum(
        isinstance(trend_of(autocorrelated(rng, 60, phi), rules), Trend) for _ in range(looks)
    )
    # Refuted only where the count exceeds what the stated rate gives with 99.9 %.
    assert false <= stats.binom.ppf(0.999, looks, most)


def test_watching_noise_for_long_raises_no_trend():
    """Looked at after every fifth window, with the least rise that ships: noise of 1 dB."""
    raised = 0
    for seed in range(20):
        levels = autocorrelated(np.random.default_rng(seed), 600, 0.5)
        series = make_series(levels)
        looks = series.t_ns[59::5].tolist()
        raised += any(
            isinstance(find_trend(blocks_of(series.until(now), RULES.indicator), RULES), Trend)
            for now in looks
        )
    assert raised == 0


def test_a_level_that_runs_in_has_no_trend():
    levels = -8.0 * (1.0 - np.exp(-np.arange(400) / 60.0))
    noisy = levels + np.random.default_rng(1).normal(scale=0.3, size=400)
    assert isinstance(trend_of(noisy), str)


def test_single_knocks_are_no_trend():
    levels = np.random.default_rng(2).normal(scale=0.3, size=300)
    levels[150::25] += 20.0
    assert isinstance(trend_of(levels), str)


# --- what is found --------------------------------------------------------------------------------


def ramp(count=300, *, start=200, slope_db_per_h=6.0, bend=0.0, noise=0.4):
    hours = np.maximum(np.arange(count) - start, 0) / 60.0
    levels = slope_db_per_h * hours + bend * hours**2
    return levels + np.random.default_rng(4).normal(scale=noise, size=count)


def test_a_ramp_is_found_with_its_slope():
    found = trend_of(ramp())
    assert isinstance(found, Trend)
    assert found.slope_db_per_h == pytest.approx(6.0, rel=0.25)
    assert found.p_value <= RULES.trend.false_rate
    assert found.blocks < 60


def test_pace_tells_a_bend_from_a_line():
    bent = trend_of(ramp(start=0, count=200, slope_db_per_h=1.0, bend=2.0))
    straight = trend_of(ramp(start=0, count=200, slope_db_per_h=6.0))
    slowing = trend_of(ramp(start=0, count=200, slope_db_per_h=12.0, bend=-1.5))
    assert [one.pace for one in (bent, straight, slowing)] == ["accelerating", "steady", "slowing"]
    assert bent.acceleration_db_per_h2 == pytest.approx(4.0, rel=0.3)


def test_a_significant_rise_that_is_small_is_told_but_is_no_trend():
    said = trend_of(ramp(start=0, slope_db_per_h=0.3, noise=0.05))
    assert isinstance(said, str) and "significant but small" in said


def test_spans_halve_down_to_the_least_and_the_shortest_comes_first():
    assert list(spans(100, 12)) == [12, 25, 50, 100]
    assert list(spans(11, 12)) == []


def test_time_is_only_what_the_series_says():
    levels = ramp()
    later = make_series(levels)
    moved = LevelSeries("m1", "vib_rms_db", later.t_ns + 10**18, later.level_db)
    first, second = (find_trend(blocks_of(s, RULES.indicator), RULES) for s in (later, moved))
    assert first == second


# --- series ---------------------------------------------------------------------------------------

NAMES = ("vib_rms_db", "other")


def test_masked_windows_and_other_operating_points_are_left_out():
    vectors = make_vectors(np.column_stack([np.arange(8.0), np.zeros(8)]))
    vectors[2] = make_vector([2.0, 0.0], index=2, mask=[True, False])
    vectors[3] = make_vector([3.0, 0.0], index=3, speed_rpm=1000.0)
    vectors[4] = make_vector([4.0, 0.0], index=4, load=0.2)
    vectors[7] = make_vector([7.0, 0.0], index=7, speed_rpm=1500.0, load=0.8)
    series = level_series("m1", vectors, NAMES, "vib_rms_db", RULES.indicator)
    assert series.level_db.tolist() == [0.0, 1.0, 5.0, 6.0, 7.0]


def test_what_cannot_be_a_series_is_named():
    vectors = make_vectors(np.zeros((80, 2)))
    with pytest.raises(BadConfig, match="no 'vib_none_db'"):
        level_series("m1", vectors, NAMES, "vib_none_db", RULES.indicator)
    masked = [make_vector([0.0, 0.0], index=i, mask=[True, False]) for i in range(80)]
    with pytest.raises(MissingChannel, match="none of 80 windows"):
        level_series("m1", masked, NAMES, "vib_rms_db", RULES.indicator)
    with pytest.raises(BadSamples, match="order of time"):
        level_series("m1", vectors[::-1], NAMES, "vib_rms_db", RULES.indicator)
    infinite = [*vectors[:-1], make_vector([np.inf, 0.0], index=80)]
    with pytest.raises(BadSamples, match="NaN or infinity"):
        level_series("m1", infinite, NAMES, "vib_rms_db", RULES.indicator)
    with pytest.raises(TooFewWindows, match=r"59 comparable windows.*at least 60"):
        blocks_of(make_series(np.zeros(59)), RULES.indicator)


def test_windows_denser_than_usual_do_not_count_more():
    t_ns = np.append(np.arange(50) * 60, 49 * 60 + np.arange(1, 10)) * 10**9
    kept = evenly(t_ns)
    assert kept[-1] == 58
    assert np.diff(t_ns[kept]).min() >= 0.9 * 60e9
