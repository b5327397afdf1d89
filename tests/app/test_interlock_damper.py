"""However an interlock's input flaps: few records go out, in order, and the last always."""

from dataclasses import replace as changed

import pytest
from alarm_inputs import SECOND, order
from hypothesis import given, settings
from hypothesis import strategies as st
from interlock_inputs import CONFIG, READY, capture
from msgspec.structs import replace
from simulated_senses import MOTOR

from app.commands import ResetTrip
from app.interlock.actuator import LogActuator, NoPermissive
from app.interlock.damper import (
    MINUTE_NS,
    MOST,
    MOST_ANSWERS,
    Damper,
    damp,
    last_word,
    release,
)
from app.interlock.interlock import Interlock
from app.interlock.record import Decision, InterlockRecord

PER_MINUTE = MOST + MOST_ANSWERS + 4
"""And what is urgent, and the last of the minute before."""
STEADY: tuple[Decision, ...] = (
    "normal", "unfit", "one_sense", "counting", "not_commissioned", "no_permissive",
)  # fmt: skip
STEPS = st.one_of(
    st.just(SECOND), st.integers(0, 3 * SECOND), st.sampled_from((-MINUTE_NS, 70 * SECOND))
)
MOVES = st.tuples(
    st.sampled_from((*STEADY, "tripped", "reset", "actuator_failed", "refused")),
    st.booleans(),
    STEPS,
)


def record(seq: int, decision: Decision, tripped: bool, answers: bool) -> InterlockRecord:
    return InterlockRecord(
        motor_id="m",
        boot_id="1",
        seq=seq,
        t1_ns=seq,
        decision=decision,
        reason="x",
        tripped=tripped,
        commissioned=True,
        permissive=True,
        command_id=f"c-{seq}" if answers else None,
    )


def run(moves: list[tuple[Decision, bool, int]]) -> tuple[list[tuple[int, InterlockRecord]], int]:
    """What went out when, all that waited at the end included; and the time at the end."""
    damper, now_ns, told, tripped = Damper(), 0, [], False
    for seq, (decision, answers, step_ns) in enumerate(moves):
        for tick_ns in range(now_ns + SECOND, now_ns + step_ns, SECOND):
            damper, waited = release(damper, tick_ns)  # windows come without a record
            told += [] if waited is None else [(tick_ns, waited)]
        now_ns += step_ns
        tripped = decision == "tripped" or (tripped and decision != "reset")
        damper, waited = release(damper, now_ns)
        one = record(seq, decision, tripped, answers)
        damper, now = damp(damper, one, now_ns)
        told += [(now_ns, each) for each in (waited, now) if each is not None]
    damper, waited = last_word(damper)
    assert last_word(damper)[1] is None
    return told + ([] if waited is None else [(now_ns, waited)]), now_ns


@settings(deadline=None, max_examples=300)
@given(st.lists(MOVES, min_size=1, max_size=200))
def test_all_are_told_or_counted_in_order_and_the_last_always(
    moves: list[tuple[Decision, bool, int]],
) -> None:
    told, _ = run(moves)
    seqs = [each.seq for _, each in told]
    assert seqs == sorted(set(seqs))
    assert seqs[-1] == len(moves) - 1, "the latest state is never lost"
    assert sum(1 + each.left_out for _, each in told) == len(moves)
    assert [seq - before - 1 for before, seq in zip([-1, *seqs], seqs, strict=False)] == [
        each.left_out for _, each in told
    ]


@settings(deadline=None, max_examples=300)
@given(st.lists(MOVES.filter(lambda move: move[2] >= 0), min_size=1, max_size=400))
def test_no_minute_has_more_than_a_few(moves: list[tuple[Decision, bool, int]]) -> None:
    told, _ = run(moves)
    for begin, _ in told:
        within = [at for at, _ in told if begin <= at < begin + MINUTE_NS]
        assert len(within) <= 2 * PER_MINUTE


@settings(deadline=None, max_examples=200)
@given(st.lists(MOVES, max_size=100), st.booleans())
def test_a_trip_is_told_at_once_whatever_came_before(
    moves: list[tuple[Decision, bool, int]], answers: bool
) -> None:
    calm: list[tuple[Decision, bool, int]] = [
        move for move in moves if move[0] not in ("tripped", "reset")
    ]
    told, now_ns = run([*calm, ("tripped", answers, SECOND)])
    assert (told[-1][0], told[-1][1].decision) == (now_ns, "tripped")
    damper = Damper()
    for seq in range(50):
        damper, _ = damp(damper, record(seq, STEADY[seq % 2], False, False), seq * SECOND)
    assert damper.waiting is not None
    _, out = damp(damper, record(50, "tripped", True, False), 50 * SECOND)
    assert out is not None
    assert out.left_out == 50 - MOST


def test_a_trip_after_a_reset_that_was_not_told_is_told_at_once() -> None:
    damper = Damper()
    for seq in range(MOST + 1):
        damper, _ = damp(damper, record(seq, STEADY[seq % 2], False, False), seq)
    damper, _ = damp(damper, record(10, "tripped", True, False), 10)
    for seq in range(11, 11 + MOST_ANSWERS):
        damper, _ = damp(damper, record(seq, "refused", True, True), seq)
    damper, reset = damp(damper, record(20, "reset", False, True), 20)
    assert reset is None
    damper, again = damp(damper, record(21, "tripped", True, False), 21)
    assert again is not None
    assert (again.seq, again.left_out) == (21, 1)
    assert damp(damper, record(22, "one_sense", True, False), 22)[1] is None, "no trip of its own"


def test_what_flaps_for_ever_is_one_record_a_minute() -> None:
    hours = 2
    told, _ = run([(STEADY[second % 2], False, SECOND) for second in range(hours * 3600)])
    assert hours * 60 <= len(told) <= hours * 60 + MOST
    assert {each.left_out for _, each in told[MOST + 1 : -1]} == {59}


def test_orders_without_end_are_bounded_and_flapping_leaves_room_for_an_answer() -> None:
    told, _ = run([("refused", True, SECOND // 1000)] * 50_000)
    assert len(told) <= MOST_ANSWERS + 1
    flaps: list[tuple[Decision, bool, int]] = [(STEADY[n % 2], False, SECOND) for n in range(30)]
    told, now_ns = run([*flaps, ("refused", True, 0)])
    assert told[-1] == (now_ns, replace(told[-1][1], decision="refused", left_out=30 - MOST))


def test_after_a_calm_minute_all_is_as_at_first() -> None:
    flaps: list[tuple[Decision, bool, int]] = [(STEADY[n % 2], False, SECOND) for n in range(90)]
    pause: list[tuple[Decision, bool, int]] = [("one_sense", False, 200 * SECOND)]
    again = [("normal", False, SECOND), ("counting", False, SECOND)]
    told, now_ns = run([*flaps, *pause, *again, *pause, *again])  # type: ignore[list-item]
    assert [(at, each.left_out) for at, each in told[-3:]] == [
        (now_ns - 2 * SECOND, 0),
        (now_ns - SECOND, 0),
        (now_ns, 0),
    ]


class Witness:
    """Notes what the log has got when the motor is to stop."""

    def __init__(self, log: pytest.LogCaptureFixture) -> None:
        self.log, self.seen = log, list[int]()

    def trip(self) -> None:
        self.seen.append(len(self.log.records))

    def release(self) -> None:
        pass

    def close(self, *, may_trip: bool) -> None:
        pass


def test_nothing_is_said_before_the_motor_is_stopped(caplog: pytest.LogCaptureFixture) -> None:
    output = Witness(caplog)
    interlock = Interlock(MOTOR, CONFIG, READY, output, NoPermissive())

    def told(number: int) -> tuple[InterlockRecord, ...]:
        one = capture(58 + number, shake=40.0, load=2.0)
        return interlock.take(one, one.t1_ns)

    def ordered(number: int, now_ns: int) -> tuple[InterlockRecord, ...]:
        reset = order(ResetTrip(reason="x"), now_ns, f"c{number}", MOTOR.motor_id)
        return interlock.obey(reset, now_ns)

    assert ordered(0, SECOND), "the minute begins"
    assert [each.decision for each in (*told(0), *told(1))] == ["counting"]
    assert [len(ordered(n, 60 * SECOND)) for n in range(1, MOST_ANSWERS + 1)][-2:] == [1, 0]
    before = len(caplog.records)
    assert [each.decision for each in told(2)] == ["refused", "tripped"]
    assert output.seen == [before]


class Flapping:
    """A permissive whose contact bounces."""

    def __init__(self) -> None:
        self.asked = 0

    def permitted(self) -> bool:
        self.asked += 1
        return False

    def close(self) -> None:
        pass


@pytest.mark.parametrize("orders", [False, True])
def test_a_flapping_input_fills_neither_ring_nor_log(
    orders: bool, caplog: pytest.LogCaptureFixture
) -> None:
    windows = 300
    output = LogActuator(MOTOR.motor_id)
    interlock = Interlock(MOTOR, CONFIG, READY, output, Flapping())
    shaking, calm, said = capture(0, shake=40.0), capture(0), []
    for number in range(windows):
        at_ns = number * SECOND
        one = shaking if number % 2 else calm
        moved = changed(one, t0_ns=at_ns, t1_ns=at_ns + SECOND, seq=number, blocks=one.blocks)
        said += interlock.take(moved, at_ns)
        if orders:
            reset = order(ResetTrip(reason="x"), at_ns, f"c{number}", MOTOR.motor_id)
            said += interlock.obey(reset, at_ns)
    said += interlock.last_words()
    decided = interlock.state.seq
    assert decided >= windows - 1
    assert len(said) <= (windows / 60 + 1) * (MOST + MOST_ANSWERS + 1)
    assert len(said) < decided / 4
    assert sum(1 + each.left_out for each in said) == decided
    assert said[-1].seq == decided - 1
    assert len([each for each in caplog.records if "interlock {" in each.getMessage()]) == len(said)
