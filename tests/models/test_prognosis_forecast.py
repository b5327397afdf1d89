"""Remaining life on simulated lives whose law is known, and what an operator may be told of it."""

import msgspec
import numpy as np
import pytest
from scipy import stats
from support.degradation import HOUR_S, autocorrelated, make_series, wiener_life

from models.prognosis.choice import choose_indicator
from models.prognosis.forecast import forecast
from models.prognosis.machine_class import common_class, machine_class
from models.prognosis.outlook import outlook
from models.prognosis.population import end_rise_db, learn_population
from models.prognosis.rules import PrognosisRules, load_prognosis_rules
from models.prognosis.score import phm08_score, phm12_accuracy, within_alpha
from models.prognosis.series import blocks_of
from models.prognosis.trend import Trend, find_trend
from sensors.errors import BadConfig, BadSamples, MissingChannel, TooFewWindows
from sensors.motor import Motor, Nameplate

RULES = load_prognosis_rules()
OTHERS = 9


def lives(seed, count, *, noise_db=0.3):
    rng = np.random.default_rng(seed)
    return [
        wiener_life(
            rng,
            unit=str(number),
            drift_db_per_h=2.0 * np.exp(0.3 * rng.standard_normal()),
            noise_db=noise_db,
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def told():
    """For each of many worlds: the share of the forecast that had passed when the end came."""
    found = []
    for seed in range(120):
        held, *others = lives(seed, 1 + OTHERS)
        population = learn_population(others, RULES, origin="test")
        share = np.random.default_rng(1000 + seed).uniform(0.4, 0.95)
        now = int(held.t_ns[int(share * held.t_ns.size)])
        blocks = blocks_of(held.until(now), RULES.indicator)
        trend = find_trend(blocks, RULES)
        if isinstance(trend, Trend):
            left_s = float(held.t_ns[-1] - now) / 1e9
            found.append(forecast(blocks, trend, population).within(left_s))
    return np.array(found)


def test_eighty_percent_intervals_cover_about_eighty_percent(told):
    hits = int(((told >= 0.1) & (told <= 0.9)).sum())
    low, high = stats.binom.ppf([0.001, 0.999], told.size, 0.8)
    assert told.size > 100
    assert low <= hits <= high


def test_the_chance_passed_at_the_end_is_uniform(told):
    assert stats.kstest(told, "uniform").pvalue > 0.001


@pytest.fixture(scope="module")
def world():
    held, *others = lives(3, 1 + OTHERS)
    return held, learn_population(others, RULES, origin="field", machine_class="over 15 to 300 kW")


def look(held, share=0.6):
    return held.until(int(held.t_ns[int(share * held.t_ns.size)]))


def test_a_forecast_is_a_distribution_and_shrinks_towards_the_end(world):
    held, population = world
    medians = []
    for share in (0.5, 0.7, 0.9):
        blocks = blocks_of(look(held, share), RULES.indicator)
        left = forecast(blocks, find_trend(blocks, RULES), population)
        assert (np.diff(left.chance) >= 0).all() and left.chance[-1] <= 1.0
        low, median, high = (left.quantile_s(p) for p in (0.1, 0.5, 0.9))
        assert low < median < high
        assert left.within(median) == pytest.approx(0.5, abs=0.01)
        medians.append(median)
    assert medians[0] > medians[1] > medians[2]


def test_more_drift_is_less_time(world):
    _, population = world
    slow, fast = (
        np.concatenate([np.zeros(60), slope * np.arange(60) / 60.0])
        + np.random.default_rng(1).normal(scale=0.2, size=120)
        for slope in (4.0, 8.0)
    )
    medians = []
    for levels in (slow, fast):
        blocks = blocks_of(make_series(levels), RULES.indicator)
        medians.append(forecast(blocks, find_trend(blocks, RULES), population).quantile_s(0.5))
    assert medians[1] < medians[0]


def test_a_level_beyond_all_known_ends_is_near_its_own(world):
    _, population = world
    levels = 0.5 * np.arange(150.0) + np.random.default_rng(1).normal(scale=0.3, size=150)
    blocks = blocks_of(make_series(levels), RULES.indicator)
    left = forecast(blocks, find_trend(blocks, RULES), population)
    assert np.isfinite(left.chance).all()
    assert left.quantile_s(0.5) < HOUR_S


def test_a_horizon_lies_ahead(world):
    held, population = world
    blocks = blocks_of(look(held), RULES.indicator)
    left = forecast(blocks, find_trend(blocks, RULES), population)
    with pytest.raises(BadSamples, match="horizon"):
        left.within(0.0)
    with pytest.raises(BadSamples, match="horizon"):
        left.within(float("nan"))


# --- population -----------------------------------------------------------------------------------


def test_a_population_knows_ends_and_who_gave_no_sign():
    rng = np.random.default_rng(1)
    abrupt = rng.normal(scale=0.3, size=200)
    abrupt[-3:] += 25.0
    found = learn_population([*lives(4, 6), make_series(abrupt, unit="x")], RULES, origin="test")
    assert (found.lives, found.rising) == (7, 6)
    assert found.end_mean_db == pytest.approx(20.0, abs=5.0)
    assert found.prior.drift_rms * HOUR_S == pytest.approx(2.2, rel=0.4)
    assert end_rise_db(make_series(abrupt), RULES) == pytest.approx(25.5, abs=1.0)


def test_lives_without_a_sign_leave_no_prior_of_drift():
    rng = np.random.default_rng(2)
    silent = [make_series(rng.normal(size=100), unit=str(k)) for k in range(4)]
    assert learn_population(silent, RULES, origin="test").prior is None


def test_too_few_or_mixed_lives_are_refused():
    with pytest.raises(TooFewWindows, match="2 lives"):
        learn_population(lives(1, 2), RULES, origin="test")
    mixed = [*lives(1, 3), make_series(np.zeros(80), indicator="vib_carpet_db")]
    with pytest.raises(BadSamples, match="vib_carpet_db, vib_rms_db"):
        learn_population(mixed, RULES, origin="test")


def test_the_preferred_level_stands_until_another_is_clearly_better():
    clear = lives(5, 6)
    rng = np.random.default_rng(5)
    vague = [make_series(rng.normal(size=life.t_ns.size), indicator="b") for life in clear]
    named = [make_series(life.level_db, indicator="a") for life in clear]
    again = [
        make_series(life.level_db + 1e-3 * rng.normal(size=life.t_ns.size), indicator="c")
        for life in clear
    ]
    assert choose_indicator({"b": vague, "a": named}, RULES).indicator == "a"
    assert choose_indicator({"c": again, "a": named}, RULES).indicator == "c"
    with pytest.raises(MissingChannel):
        choose_indicator({}, RULES)


# --- what is told ---------------------------------------------------------------------------------

CLASS = "over 15 to 300 kW"


def test_hours_are_earned_by_field_failures_of_the_same_class(world):
    held, population = world
    said = outlook(look(held), RULES, population, machine_class=CLASS)
    assert said.state == "rising" and said.hours_withheld is None
    assert said.hours.failures == OTHERS
    assert said.hours.low_h < said.hours.median_h < said.hours.high_h
    assert 0.0 < said.hours.probability <= 1.0


@pytest.mark.parametrize(
    ("change", "motor", "why"),
    [
        ({"origin": "test"}, CLASS, "accelerated tests, which are not field life"),
        ({"origin": "simulated"}, CLASS, "simulated lives, which are not field life"),
        ({"lives": 8}, CLASS, "8 are known"),
        ({"machine_class": None}, CLASS, "class unknown"),
        ({}, None, "motor is of class unknown"),
        ({}, "over 300 kW", "this motor is of class over 300 kW"),
    ],
)
def test_hours_are_withheld_with_the_reason(world, change, motor, why):
    held, population = world
    other = msgspec.structs.replace(population, **change)
    said = outlook(look(held), RULES, other, machine_class=motor)
    assert said.hours is None and why in said.hours_withheld
    assert said.trend is not None and said.inspect_by_ns > said.now_ns and said.inspect_reason


def test_without_any_life_there_is_a_date_and_no_hours(world):
    held, _ = world
    said = outlook(look(held), RULES)
    assert said.hours is None and "no life that ended is known" in said.hours_withheld
    doubling_s = 6.02 / said.trend.slope_db_per_h * HOUR_S
    assert (said.inspect_by_ns - said.now_ns) / 1e9 == pytest.approx(doubling_s / 2, rel=0.01)


def test_noise_is_told_nothing_of_the_future(world):
    _, population = world
    noise = make_series(autocorrelated(np.random.default_rng(8), 300, 0.5))
    said = outlook(noise, RULES, population, machine_class=CLASS)
    assert (said.state, said.trend, said.hours, said.inspect_by_ns) == ("no_trend",) + (None,) * 3
    assert "no significant rise" in said.reason


def test_a_step_is_no_trend_but_must_be_looked_at():
    levels = np.random.default_rng(9).normal(scale=0.3, size=200)
    levels[-6:] += 25.0
    said = outlook(make_series(levels), RULES)
    assert said.state == "no_trend" and said.inspect_by_ns == said.now_ns
    assert "a step or a stay" in said.reason and "dB above" in said.inspect_reason


def test_a_slow_trend_waits_no_longer_than_the_rule():
    levels = 0.1 * np.arange(200) + np.random.default_rng(1).normal(scale=0.3, size=200)
    said = outlook(make_series(levels, step_s=5 * 86_400.0), RULES)
    assert (said.inspect_by_ns - said.now_ns) / 86_400e9 == pytest.approx(30.0)


def test_a_class_is_by_rated_power():
    motors = [
        Motor(motor_id="m", nameplate=Nameplate(rated_kw=kw)) for kw in (15.0, 15.1, 300.0, 301.0)
    ]
    found = [machine_class(one, RULES.hours) for one in motors]
    assert found == ["over 0 to 15 kW", CLASS, CLASS, "over 300 kW"]
    assert machine_class(Motor(motor_id="m"), RULES.hours) is None
    assert common_class(motors[1:3], RULES.hours) == CLASS
    assert common_class(motors, RULES.hours) is None


# --- rules and scores -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "wrong"),
    [
        ("indicator", {"candidates": []}),
        ("indicator", {"quiet_quantile": 0.9}),
        ("trend", {"false_rate": 0.0}),
        ("inspection", {"share": 0.0}),
        ("hours", {"coverage": 1.0}),
    ],
)
def test_impossible_rules_are_refused(group, wrong):
    plain = msgspec.to_builtins(RULES)
    plain[group] |= wrong
    with pytest.raises((BadConfig, msgspec.ValidationError), match=group):
        msgspec.convert(plain, PrognosisRules)


def test_every_rule_states_source_and_confidence():
    for group in msgspec.structs.asdict(RULES).values():
        assert group.source and group.confidence


def test_scores_at_known_points():
    truth = np.array([100.0, 100.0, 100.0])
    said = np.array([100.0, 80.0, 105.0])
    assert phm12_accuracy(said, truth) == pytest.approx([1.0, 0.5, 0.5])
    assert within_alpha(said, truth).tolist() == [1.0, 1.0, 1.0]
    assert within_alpha(np.array([79.9]), truth[:1]).tolist() == [0.0]
    d = phm08_score(np.array([87.0, 110.0, 100.0]), truth, 100.0)
    assert d == pytest.approx([np.e - 1.0, np.e - 1.0, 0.0])
    with pytest.raises(BadSamples, match="above 0"):
        phm12_accuracy(said, np.array([1.0, 0.0, 1.0]))
    with pytest.raises(BadSamples, match="finite"):
        phm12_accuracy(np.array([np.nan]), np.array([1.0]))
