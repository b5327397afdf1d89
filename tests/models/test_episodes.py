import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.episodes import (
    MOST_REASONS,
    EpisodeRule,
    EpisodeState,
    debounce,
    decision_scores,
    observe,
)
from sensors.errors import BadConfig

RULE = EpisodeRule(raise_k=3, raise_n=5)


def play(flags, *, rule=RULE, step_s=60.0, state=None, start=0):
    state, alarms, closed = state or EpisodeState(), [], []
    for index, flag in enumerate(flags, start=start):
        step = observe(
            state,
            rule,
            motor_id="m1",
            t0_ns=int(index * step_s * 1e9),
            raised=flag,
            score=float(index),
            reasons=(f"r{index % 2}",) if flag else (),
        )
        state = step.state
        alarms += [step.alarm] if step.alarm else []
        closed += [step.closed] if step.closed else []
    return state, alarms, closed


def test_alarm_comes_with_the_kth_raised_window_of_n():
    _, alarms, _ = play([False, True, False, True, False, True, False])
    assert [alarm.t_start_ns for alarm in alarms] == [5 * 60 * 10**9]


def test_two_of_five_raise_nothing():
    _, alarms, _ = play([True, True, False, False, False] * 20)
    assert alarms == []


def test_episode_closes_after_n_quiet_windows_and_keeps_its_peak():
    state, alarms, closed = play([True] * 6 + [False] * 5)
    assert len(alarms) == 1
    assert state.open is None
    assert closed[0].t_end_ns == 5 * 60 * 10**9
    assert closed[0].peak == 5.0
    assert closed[0].reasons == ("r0", "r1")


def test_hysteresis_keeps_one_episode_through_a_lull():
    state, alarms, closed = play([True] * 3 + [False] * 4 + [True] + [False] * 4)
    assert len(alarms) == 1
    assert closed == []
    assert state.open is not None


def test_alarms_are_ten_minutes_apart():
    burst = [True] * 3 + [False] * 5
    _, alarms, _ = play(burst * 20, step_s=10.0)
    times = np.array([alarm.t_start_ns for alarm in alarms]) / 1e9
    assert (np.diff(times) >= 600.0).all()
    assert len(alarms) > 1


@given(flags=st.lists(st.booleans(), max_size=60), cut=st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_restart_changes_nothing(flags, cut):
    whole = play(flags)
    state, first, closed_first = play(flags[:cut])
    stored = msgspec.json.decode(msgspec.json.encode(state), type=EpisodeState)
    state, second, closed_second = play(flags[cut:], state=stored, start=len(flags[:cut]))
    assert (state, first + second, closed_first + closed_second) == whole


def test_redelivered_window_is_ignored():
    state, _, _ = play([True, True])
    again = observe(state, RULE, motor_id="m1", t0_ns=60 * 10**9, raised=True, score=1.0)
    assert again.state == state
    assert again.alarm is None


def test_windows_before_a_long_silence_do_not_count():
    state, _, _ = play([True, True])
    late = observe(state, RULE, motor_id="m1", t0_ns=10**13, raised=True, score=1.0)
    assert late.alarm is None
    assert late.state.recent == (True,)


def test_silence_does_not_close_an_episode():
    state, _, _ = play([True] * 3)
    late = observe(state, RULE, motor_id="m1", t0_ns=10**13, raised=False, score=0.0)
    assert late.state.open is not None


@given(
    scores=st.lists(st.floats(-5, 5), min_size=1, max_size=40),
    threshold=st.floats(-5, 5),
    k=st.integers(1, 4),
    extra=st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_debounced_score_passes_exactly_when_k_of_n_windows_do(scores, threshold, k, extra):
    rule = EpisodeRule(raise_k=k, raise_n=k + extra)
    above = np.array(scores) > threshold
    for index, value in enumerate(debounce(scores, rule)):
        recent = above[max(0, index - rule.raise_n + 1) : index + 1]
        assert (value > threshold) == (recent.sum() >= k)


def test_decisions_are_block_maxima_of_ten_minutes():
    rule = EpisodeRule(raise_k=1, raise_n=1)
    times = (np.array([0, 100, 599, 600, 1300, 2500]) * 10**9).tolist()
    assert decision_scores(times, [1, 3, 2, 0, 5, 4], rule).tolist() == [3, 0, 5, 4]
    assert decision_scores([], [], rule).size == 0
    assert decision_scores(times[:2], [1, 2], RULE).size == 0


def test_a_long_episode_keeps_its_first_reasons_only():
    state, closed = EpisodeState(), None
    for index in range(200):
        step = observe(
            state,
            RULE,
            motor_id="m1",
            t0_ns=index * 10**9,
            raised=index < 190,
            score=0.0,
            reasons=(f"score {index}",),
        )
        state, closed = step.state, step.closed or closed
    assert len(closed.reasons) == MOST_REASONS
    assert closed.reasons[0] == "score 2"


@pytest.mark.parametrize("bad", [{"raise_k": 6}, {"clear_k": 3}, {"stale_s": 0.0}])
def test_impossible_rules_are_refused(bad):
    with pytest.raises(BadConfig):
        EpisodeRule(**bad)
