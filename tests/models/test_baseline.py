import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.feature_vectors import make_vector, make_vectors

from models.baseline import (
    Z_LIMIT,
    learn_baseline,
    learning_windows,
    population_scale,
)
from sensors.errors import SpecMismatch, TooFewWindows


def healthy(n=40, seed=0, loads=None, speeds=None):
    rng = np.random.default_rng(seed)
    table = np.array([10.0, -3.0, 0.5]) + rng.normal(size=(n, 3)) * [1.0, 0.2, 0.05]
    vectors = []
    for index, row in enumerate(table):
        load = None if loads is None else loads[index]
        speed = None if speeds is None else speeds[index]
        vectors.append(make_vector(row, index=index, load=load, speed_rpm=speed))
    return vectors


def test_location_and_scale_are_median_and_mad():
    vectors = healthy()
    table = np.array([v.values for v in vectors], dtype=float)
    baseline = learn_baseline(vectors, minimum=20)
    center = np.median(table, axis=0)
    assert baseline.center == pytest.approx(center)
    assert baseline.spread == pytest.approx(1.4826 * np.median(np.abs(table - center), axis=0))
    z, mask = baseline.scale(make_vector(center + 2 * baseline.spread))
    assert z == pytest.approx([2.0, 2.0, 2.0], abs=1e-3)
    assert not mask.any()


@given(share=st.integers(0, 9), size=st.floats(10, 1e6))
@settings(max_examples=25, deadline=None)
def test_outliers_up_to_a_quarter_hardly_move_it(share, size):
    vectors = healthy()
    spoilt = [
        make_vector(v.values + (size if i < share else 0.0), index=i) for i, v in enumerate(vectors)
    ]
    clean, dirty = learn_baseline(vectors, minimum=20), learn_baseline(spoilt, minimum=20)
    assert (np.abs(dirty.center - clean.center) < clean.spread).all()
    assert (dirty.spread < 2.5 * clean.spread).all()


def test_masked_features_score_zero_and_stay_masked():
    baseline = learn_baseline(healthy(), minimum=20)
    z, mask = baseline.scale(make_vector([99.0, 0.0, 99.0], mask=[False, True, False]))
    assert mask.tolist() == [False, True, False]
    assert z[1] == 0.0
    assert (z[[0, 2]] == Z_LIMIT).all()


def test_feature_seldom_seen_while_learning_is_masked_for_ever():
    vectors = [
        make_vector(v.values, index=i, mask=[False, i % 4 != 0, False])
        for i, v in enumerate(healthy())
    ]
    baseline = learn_baseline(vectors, minimum=20)
    _, mask = baseline.scale(make_vector([10.0, -3.0, 0.5]))
    assert mask.tolist() == [False, True, False]


def test_quantised_feature_does_not_explode():
    steps = [[4.0 if i % 5 else 5.0, 1.0] for i in range(30)]
    baseline = learn_baseline(make_vectors(steps), minimum=20)
    z, _ = baseline.scale(make_vector([6.0, 1.0]))
    assert z[0] == pytest.approx(2.0)


def test_constant_feature_gets_one_percent_or_is_masked():
    baseline = learn_baseline(make_vectors([[50.0, 0.0]] * 30), minimum=20)
    z, mask = baseline.scale(make_vector([51.0, 1e-6]))
    assert z[0] == pytest.approx(2.0)
    assert mask.tolist() == [False, True]


def test_population_joins_by_pseudo_count():
    vectors = healthy(n=20)
    own = learn_baseline(vectors, minimum=20).spread
    population = np.array([3.0, np.nan, 0.05])
    spread = learn_baseline(vectors, minimum=20, population=population, pseudo_count=60.0).spread
    expected = np.sqrt((20 * own[0] ** 2 + 60 * 9.0) / 80)
    assert spread[0] == pytest.approx(expected)
    assert spread[1] == own[1]


def test_load_and_speed_are_taken_out_where_they_vary():
    rng = np.random.default_rng(1)
    loads, speeds = rng.uniform(0.2, 1.0, 60), 1500 + rng.uniform(-60, 60, 60)
    vectors = [
        make_vector(
            [5 + 8 * (load - 0.6) + 30 * (speed / 1500 - 1) + 0.1 * rng.normal(), rng.normal()],
            index=i,
            load=load,
            speed_rpm=speed,
        )
        for i, (load, speed) in enumerate(zip(loads, speeds, strict=True))
    ]
    vectors[7] = make_vector([900.0, 0.0], index=7, load=0.5, speed_rpm=1500.0)
    baseline = learn_baseline(vectors, minimum=20)
    assert baseline.slopes[0] == pytest.approx([8.0, 30.0], abs=1.5)
    assert baseline.spread[0] < 0.2
    full, _ = baseline.scale(make_vector([8.2, 0.0], load=1.0, speed_rpm=1500.0))
    assert abs(full[0]) < 3.0
    light, _ = baseline.scale(make_vector([8.2, 0.0], load=0.2, speed_rpm=1500.0))
    assert light[0] > 15.0


def test_unknown_or_foreign_operating_point_widens_the_scale():
    rng = np.random.default_rng(1)
    loads = rng.uniform(0.2, 1.0, 60)
    vectors = [
        make_vector([5 + 8 * load + 0.1 * rng.normal()], index=i, load=load)
        for i, load in enumerate(loads)
    ]
    baseline = learn_baseline(vectors, minimum=20)
    inside, _ = baseline.scale(make_vector([5 + 8 * 0.6 + 1.0], load=0.6))
    unknown, _ = baseline.scale(make_vector([5 + 8 * 0.6 + 1.0]))
    beyond, _ = baseline.scale(make_vector([5 + 8 * 2.0], load=2.0))
    assert inside[0] > 6.0
    assert abs(unknown[0]) < 0.5
    assert abs(beyond[0]) < 1.5


def test_speed_that_follows_load_is_not_counted_twice():
    loads = np.linspace(0.2, 1.0, 60)
    vectors = healthy(n=60, loads=loads.tolist(), speeds=(1500 - 40 * loads).tolist())
    assert (learn_baseline(vectors, minimum=20).slopes[:, 1] == 0.0).all()


def test_steady_operation_is_not_conditioned():
    loads = (0.5 + 0.01 * np.sin(np.arange(60))).tolist()
    assert not learn_baseline(healthy(n=60, loads=loads), minimum=20).slopes.any()


def test_refusals_are_named():
    with pytest.raises(TooFewWindows, match="fewer than the 50"):
        learn_baseline(healthy(), minimum=50)
    with pytest.raises(SpecMismatch, match="spec"):
        learn_baseline([*healthy(), make_vector([1, 2, 3], spec_id="other")], minimum=20)
    baseline = learn_baseline(healthy(), minimum=20)
    with pytest.raises(SpecMismatch, match="motor 'm2'"):
        baseline.scale(make_vector([1, 2, 3], motor_id="m2"))


def test_learning_takes_both_time_and_windows():
    vectors = healthy(n=40)
    assert learning_windows(vectors, minimum=5, span_s=1000.0) == 21
    assert learning_windows(vectors, minimum=30, span_s=100.0) == 30
    assert learning_windows(vectors, minimum=5, span_s=1e6) is None


def test_population_scale_is_the_median_over_motors():
    mask = np.zeros((50, 2), dtype=bool)
    hidden = np.column_stack([np.zeros(50, dtype=bool), np.ones(50, dtype=bool)])
    rises = [np.full((50, 2), size) for size in (1.0, 2.0, 50.0)]
    scale = population_scale([(rises[0], mask), (rises[1], mask), (rises[2], hidden)])
    assert scale == pytest.approx([2.0, 1.5])
    only_hidden = population_scale([(rises[0], hidden)])
    assert np.isnan(only_hidden[1])
