"""Raw captures go up on escalation, on request, and at one random healthy moment an hour."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.transfer.schedule import (
    HOUR_NS,
    SECOND,
    CaptureSchedule,
    ScheduleState,
    due,
    healthy_moment_ns,
    request,
)

RULE = CaptureSchedule("pump-1", "plant")


def run(
    start_s: int, stop_s: int, *, escalate: frozenset[int] = frozenset(), step_s: int = 10
) -> list[tuple[int, str]]:
    state, sent = ScheduleState(), []
    for second in range(start_s, stop_s, step_s):
        loud = second in escalate
        state, reason = due(RULE, state, second * SECOND, escalate=loud, healthy=not loud)
        if reason is not None:
            sent.append((second, reason))
    return sent


def moment_s(hour: int) -> float:
    return healthy_moment_ns(RULE, hour) / SECOND


def test_one_healthy_capture_an_hour_at_its_moment() -> None:
    sent = run(0, 24 * 3600)
    assert [second // 3600 for second, _ in sent] == list(range(24))
    assert all(0 <= second - moment_s(second // 3600) < 10 for second, _ in sent)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6 * 360 - 1))
def test_a_restart_neither_adds_nor_moves_a_capture(at: int) -> None:
    cut = at * 10
    parts = run(0, cut) + run(cut, 6 * 3600)
    whole = run(0, 6 * 3600)
    assert set(parts) <= set(whole)
    # The window at the cut itself may have been the moment's; no other is lost.
    assert len(whole) - len(parts) <= 1


def test_moments_are_spread_evenly_and_differ_between_motors() -> None:
    fractions = [healthy_moment_ns(RULE, hour) % HOUR_NS / HOUR_NS for hour in range(4000)]
    counts, _ = np.histogram(fractions, bins=10, range=(0.0, 1.0))
    # Ten bins of 400 each: standard deviation 19.
    assert abs(counts - 400).max() < 5 * 19
    other = CaptureSchedule("pump-2", "plant")
    assert healthy_moment_ns(other, 7) != healthy_moment_ns(RULE, 7)
    assert healthy_moment_ns(CaptureSchedule("pump-1", "else"), 7) != healthy_moment_ns(RULE, 7)


def test_the_first_escalation_goes_up_at_once_then_one_a_minute() -> None:
    loud = frozenset(range(100, 400, 10))
    sent = [second for second, reason in run(0, 500, escalate=loud) if reason == "escalation"]
    assert sent == [100, 160, 220, 280, 340]


def test_a_healthy_capture_waits_for_a_healthy_window_of_its_hour() -> None:
    at = int(moment_s(0)) // 10 * 10
    loud = frozenset(range(at, at + 120, 10))
    healthy = [s for s, reason in run(0, 3600, escalate=loud) if reason == "healthy"]
    assert healthy == ([at + 120] if at + 120 < 3600 else [])
    all_loud = frozenset(range(at, 3600, 10))
    sent = run(0, 7200, escalate=all_loud)
    assert [s // 3600 for s, reason in sent if reason == "healthy"] == [1]


def test_a_request_is_answered_once_by_whatever_goes_up_first() -> None:
    state = request(request(ScheduleState(), "c-1"), "c-2")
    state, reason = due(RULE, state, 0, escalate=False, healthy=False)
    assert reason == "request"
    state, reason = due(RULE, state, SECOND, escalate=False, healthy=False)
    assert reason is None
    state, reason = due(RULE, request(state, "c-3"), 2 * SECOND, escalate=True, healthy=False)
    assert (reason, state.wanted) == ("escalation", ())


def test_a_clock_set_back_silences_no_escalation() -> None:
    state, reason = due(RULE, ScheduleState(), 7200 * SECOND, escalate=True, healthy=False)
    assert reason == "escalation"
    _, reason = due(RULE, state, 3600 * SECOND, escalate=True, healthy=False)
    assert reason == "escalation"
