"""The decision of one window: every combination, and what no sequence of windows brings about."""

import itertools

import hypothesis.strategies as st
import msgspec
import pytest
from alarm_inputs import HOUR, SECOND, order
from hypothesis import given, settings
from interlock_inputs import CONFIG, NEW, READY, saw, window

from app.commands import Command, CommissionActuator, MaintenanceOff, ResetTrip
from app.interlock.decide import decide
from app.interlock.orders import obey
from app.interlock.record import InterlockRecord, Reading
from app.interlock.state import InterlockState
from app.messages import decode, encode

OVER = saw(vibration=19.0, current=1.3)
MANY = 3


def run(
    state: InterlockState,
    readings: tuple[Reading, ...],
    count: int = MANY,
    *,
    first: int = 0,
    permissive: bool = True,
) -> tuple[InterlockState, list[InterlockRecord]]:
    records = []
    for number in range(first, first + count):
        state, record = decide(state, readings, window(number), permissive, CONFIG)
        records += [] if record is None else [record]
    return state, records


def command(act: object, now_ns: int, command_id: str = "c1") -> Command:
    return order(act, now_ns, command_id, motor_id=NEW.motor_id)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("over", "agrees", "fit", "other_fit", "still", "enough", "commissioned", "permissive"),
    list(itertools.product((False, True), repeat=8)),
)
def test_truth_table(
    over: bool,
    agrees: bool,
    fit: bool,
    other_fit: bool,
    still: bool,
    enough: bool,
    commissioned: bool,
    permissive: bool,
) -> None:
    unfit = [name for name, good in (("vibration", fit), ("current", other_fit)) if not good]
    readings = saw(
        vibration=18.1 if over else 18.0,
        current=1.21 if agrees else 1.2,
        unfit=tuple(unfit),  # type: ignore[arg-type]
        still=("vibration",) if still else (),
    )
    state = READY if commissioned else NEW
    state, records = run(state, readings, MANY if enough else MANY - 1, permissive=permissive)
    asked = over and agrees and fit and other_fit and not still and enough
    assert state.tripped == (asked and commissioned and permissive)
    said = {record.decision for record in records}
    assert ("tripped" in said) == state.tripped
    assert ("not_commissioned" in said) == (asked and not commissioned)
    assert ("no_permissive" in said) == (asked and commissioned and not permissive)


def test_a_decision_is_recorded_when_it_changes_and_only_then() -> None:
    _, records = run(READY, OVER, 10)
    assert [record.decision for record in records] == ["counting", "tripped"]
    tripped = records[1]
    assert (tripped.over, tripped.agreeing, tripped.windows) == ("vibration", "current", 3)
    assert tripped.reason == "vibration 19 is beyond 18, current agrees: tripped"
    assert tripped.readings == OVER
    topic = f"motorwatch/v1/hall/{NEW.motor_id}/interlock"
    assert decode(topic, encode(tripped)) == tripped


@pytest.mark.parametrize(
    ("readings", "decision", "said"),
    [
        (saw(vibration=19.0), "one_sense", "no second sense"),
        (saw(vibration=19.0, current=1.3, unfit=("vibration",)), "unfit", "dead"),
        (saw(vibration=19.0, current=1.3, still=("vibration",)), "unfit", "stands still"),
        (saw(vibration=19.0, current=None), "one_sense", "no second sense"),
        (saw(vibration=19.0, temperature=131.0), "counting", "temperature agrees"),
        (saw(current=3.1, temperature=131.0), "counting", "current 3.1 is beyond 3"),
    ],
)
def test_a_withheld_decision_says_why(
    readings: tuple[Reading, ...], decision: str, said: str
) -> None:
    state, (record,) = run(READY, readings, 1)
    assert record.decision == decision
    assert said in record.reason
    assert not state.tripped


def test_one_good_window_between_starts_the_count_anew() -> None:
    state, _ = run(READY, OVER, 2)
    state, _ = run(state, saw(), 1, first=2)
    state, _ = run(state, OVER, 2, first=3)
    assert not state.tripped
    assert run(state, OVER, 1, first=5)[0].tripped


def test_a_missing_window_and_a_clock_that_was_set_start_the_count_anew() -> None:
    for first in (3, -3600):
        state, _ = run(READY, OVER, 2)
        state, _ = run(state, OVER, 2, first=first)
        assert not state.tripped
        assert run(state, OVER, 1, first=first + 2)[0].tripped


def test_the_same_window_twice_counts_once() -> None:
    state = READY
    for _ in range(5):
        state, _ = run(state, OVER, 1)
    assert state.runs[0].windows == 1


def test_a_limit_with_a_time_waits_for_it() -> None:
    heavy = saw(current=3.5, temperature=140.0)
    state, _ = run(READY, heavy, 4)
    assert not state.tripped
    assert run(state, heavy, 1, first=4)[0].tripped


def test_a_permissive_that_comes_late_lets_it_trip_at_once() -> None:
    state, records = run(READY, OVER, 5, permissive=False)
    assert [record.decision for record in records] == ["counting", "no_permissive"]
    assert run(state, OVER, 1, first=5)[0].tripped


# Orders.

T = 100 * SECOND


def tripped() -> InterlockState:
    state, _ = run(READY, OVER, 3, first=90)
    assert state.tripped
    return state


def test_a_trip_stays_when_its_condition_goes() -> None:
    state, records = run(tripped(), saw(), 50, first=93)
    assert state.tripped
    assert records == []


@pytest.mark.parametrize(
    ("readings", "now_ns", "said"),
    [
        (OVER, T, "still beyond its trip limit"),
        (saw(vibration=8.0), T, "still beyond its alert limit"),
        (saw(unfit=("vibration",)), T, "cannot tell"),
        (saw(vibration=None), T, "cannot tell"),
        (saw(current=3.5), T, "current 3.5 is still beyond"),
        (saw(), T + 11 * SECOND, "nothing was measured"),
        (saw(), T - 2 * SECOND, "nothing was measured"),
        (saw(), T, None),
        (saw(still=("vibration", "current")), T, None),
        (saw(vibration=19.0, still=("vibration",)), T, "still beyond"),
    ],
)
def test_a_reset_needs_its_condition_gone_and_seen_to_be_gone(
    readings: tuple[Reading, ...], now_ns: int, said: str | None
) -> None:
    state, _ = run(tripped(), readings, 7, first=93)
    state, record = obey(
        state,
        command(ResetTrip(reason="coupling mended"), now_ns),
        now_ns,
        CONFIG,
        clock_is_set=True,
    )
    assert record is not None
    assert (record.decision, record.operator) == ("reset" if said is None else "refused", "Ada")
    assert state.tripped == (said is not None) == record.tripped
    assert said is None or said in record.reason


def test_orders_are_obeyed_once_in_time_and_with_a_clock() -> None:
    state, _ = run(tripped(), saw(), 7, first=93)
    reset = command(ResetTrip(reason="mended"), T)
    late = obey(state, reset, T + HOUR, CONFIG, clock_is_set=True)[1]
    blind = obey(state, reset, T, CONFIG, clock_is_set=False)[1]
    assert late is not None and "expired" in late.reason
    assert blind is not None and "clock" in blind.reason
    state, _ = obey(state, reset, T, CONFIG, clock_is_set=True)
    assert not state.tripped
    assert obey(state, reset, T, CONFIG, clock_is_set=True) == (state, None)


def test_an_act_for_others_changes_nothing() -> None:
    assert obey(READY, command(MaintenanceOff(), T), T, CONFIG, clock_is_set=True) == (READY, None)


def commission(state: InterlockState, on: bool, command_id: str = "c1") -> tuple[bool, str]:
    act = CommissionActuator(on=on, reason="approved by the plant")
    state, record = obey(state, command(act, T, command_id), T, CONFIG, clock_is_set=True)
    assert record is not None
    return state.commissioned, record.decision


def test_commissioning_is_an_order_and_is_off_before_it() -> None:
    assert InterlockState(motor_id="m", boot_id="1").commissioned is False
    assert commission(NEW, True) == (True, "commissioned")
    assert commission(READY, True) == (True, "refused")
    assert commission(READY, False) == (False, "decommissioned")
    assert commission(NEW, False) == (False, "refused")


def test_nobody_commissions_while_a_limit_is_exceeded() -> None:
    for count in (1, 5):
        assert commission(run(NEW, OVER, count)[0], True) == (False, "refused")


def test_forbidding_actuation_does_not_release_a_trip() -> None:
    act = CommissionActuator(on=False, reason="service")
    state, _ = obey(tripped(), command(act, T), T, CONFIG, clock_is_set=True)
    assert (state.tripped, state.commissioned) == (True, False)


# Whatever comes.

values = st.none() | st.sampled_from((0.5, 1.25, 3.2, 8.0, 19.0, 135.0, 1e30))
reading = st.builds(
    Reading,
    quantity=st.just("vibration"),
    value=values,
    unfit=st.none() | st.just("dead"),
    still=st.booleans(),
)
seen = st.tuples(reading, reading, reading).map(
    lambda three: tuple(
        msgspec.structs.replace(each, quantity=quantity)
        for each, quantity in zip(three, ("vibration", "current", "temperature"), strict=True)
    )
)
steps = st.lists(st.tuples(seen, st.integers(1, 4), st.integers(0, 2), st.booleans()), max_size=30)


def beyond(readings: tuple[Reading, ...], name: str) -> set[str]:
    return {
        each.quantity
        for each in readings
        if each.unfit is None
        and not each.still
        and each.value is not None
        and (limit := getattr(CONFIG.limits[each.quantity], name)) is not None
        and each.value > limit
    }


@settings(max_examples=400, deadline=None)
@given(commissioned=st.booleans(), script=steps)
def test_no_trip_without_two_senses_in_every_window_that_counts(
    commissioned: bool, script: list[tuple[tuple[Reading, ...], int, int, bool]]
) -> None:
    state = READY if commissioned else NEW
    number, history = 0, []
    for readings, count, gap, permissive in script:
        number += gap
        for _ in range(count):
            was = state.tripped
            history.append((number, readings))
            state, record = decide(state, readings, window(number), permissive, CONFIG)
            number += 1
            assert not was or state.tripped, "only an order releases the latch"
            if state.tripped and not was:
                assert commissioned and permissive
                assert record is not None and record.decision == "tripped"
                last = history[-CONFIG.windows :]
                assert [each for each, _ in last] == list(range(number - CONFIG.windows, number))
                assert state.initiator is not None
                for _, each in last:
                    assert state.initiator in beyond(each, "trip")
                    assert beyond(each, "alert") - {state.initiator}
    assert msgspec.json.decode(msgspec.json.encode(state), type=InterlockState) == state


@settings(max_examples=100, deadline=None)
@given(seen, st.integers(3, 6))
def test_whatever_asks_for_a_trip_long_enough_gets_it(
    readings: tuple[Reading, ...], count: int
) -> None:
    state, _ = run(READY, readings, count)
    due = {
        each
        for each in beyond(readings, "trip")
        if beyond(readings, "alert") - {each} and count >= CONFIG.limits[each].for_s  # type: ignore[index]
    }
    assert state.tripped == bool(due)
