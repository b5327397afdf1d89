import numpy as np
import pytest
from scipy import stats

from models.threshold import DECISIONS_PER_MONTH, choose_threshold, pareto_quantile
from sensors.errors import BadConfig, TooFewWindows


def rates_at_threshold(law):
    rng = np.random.default_rng(1)
    found = [
        choose_threshold(law.rvs(4000, random_state=rng), ["m"] * 4000, alarms_per_month=1.0).value
        for _ in range(20)
    ]
    return np.median(law.sf(found)) * DECISIONS_PER_MONTH


@pytest.mark.parametrize("law", [stats.expon(), stats.genpareto(0.2)], ids=["expon", "pareto"])
def test_pareto_tail_meets_the_budget(law):
    assert rates_at_threshold(law) == pytest.approx(1.0, rel=0.6)


def test_lighter_tail_than_exponential_stays_below_the_budget():
    assert rates_at_threshold(stats.norm()) < 1.0


def test_bounded_scores_are_never_taken_to_end():
    values = np.sort(np.random.default_rng(0).uniform(size=5000))
    assert pareto_quantile(values, 1e-6) > 1.0


def test_generous_budget_reads_the_quantile_itself():
    values = np.sort(np.random.default_rng(0).normal(size=1000))
    assert pareto_quantile(values, 0.2) == pytest.approx(np.quantile(values, 0.8))


def test_little_exposure_gives_a_bound_above_everything_seen():
    scores = np.random.default_rng(3).normal(size=66)
    found = choose_threshold(scores, ["a"] * 30 + ["b"] * 36, alarms_per_month=1.0)
    assert found.method == "bound"
    assert found.value > scores.max()
    assert found.units == 2
    assert found.exposure_h == pytest.approx(11.0)
    assert found.supported_per_month == pytest.approx(198.8, abs=0.5)
    assert found.extrapolation == pytest.approx(4380 / 66)
    assert "198" in found.text or "199" in found.text
    assert "extrapolation" in found.text


def test_bound_keeps_its_promise_on_exponential_scores():
    rng = np.random.default_rng(5)
    chance = 1.0 / DECISIONS_PER_MONTH
    rates = [
        np.exp(-choose_threshold(rng.exponential(size=66), ["m"] * 66, alarms_per_month=1.0).value)
        for _ in range(100)
    ]
    assert np.mean(np.array(rates) <= chance) > 0.9


def test_floor_holds_when_all_were_quiet():
    found = choose_threshold(np.full(50, -1.0), ["m"] * 50, alarms_per_month=1.0, least=1.1)
    assert (found.value, found.method) == (1.1, "floor")


def test_constant_scores_give_a_finite_threshold():
    for size in (50, 2000):
        found = choose_threshold(np.full(size, 0.3), ["m"] * size, alarms_per_month=1.0)
        assert found.value == pytest.approx(0.3)


def test_smaller_budget_means_a_higher_threshold():
    scores = np.random.default_rng(2).normal(size=3000)
    values = [
        choose_threshold(scores, ["m"] * 3000, alarms_per_month=a).value for a in (100, 10, 1, 0.1)
    ]
    assert values == sorted(values)


def test_refusals_are_named():
    with pytest.raises(TooFewWindows, match="at least 20"):
        choose_threshold([1.0] * 10, ["m"] * 10, alarms_per_month=1.0)
    with pytest.raises(TooFewWindows):
        choose_threshold([np.nan] * 30, ["m"] * 30, alarms_per_month=1.0)
    with pytest.raises(BadConfig):
        choose_threshold([1.0] * 30, ["m"] * 30, alarms_per_month=0.0)
