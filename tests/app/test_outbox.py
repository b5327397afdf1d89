"""The outbox: live first, bounded, every loss counted, nothing let go unacknowledged."""

from collections import Counter, deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.delivery.entry import ENTRY_BYTES, Key
from app.delivery.outbox import LONGEST_RESEND_S, RESEND_S, WINDOW, Outbox
from app.receipts import Ack, Committed, to_ranges

MOTOR, BOOT = "pump-1", "boot-1"


def key(seq: int, committed: Committed = "report", motor: str = MOTOR) -> Key:
    return Key(motor, BOOT, committed, seq)


def put(box: Outbox, *seqs: int, committed: Committed = "report", size: int = 100) -> None:
    for seq in seqs:
        box.put(key(seq, committed), "topic", bytes(size))


def ack(*seqs: int, committed: Committed = "report", motor: str = MOTOR) -> Ack:
    return Ack(motor_id=motor, boot_id=BOOT, committed=committed, ranges=to_ranges(seqs))


def sent(box: Outbox, now_s: float) -> list[int]:
    return [entry.key.seq for entry in box.due(now_s)]


def test_a_message_is_sent_once_until_its_time_is_over_and_held_until_acknowledged() -> None:
    box = Outbox()
    put(box, 1, 2)
    assert sent(box, 0.0) == [1, 2]
    assert box.acknowledge(ack(1), 0.1) == 1
    assert sent(box, RESEND_S * 0.99) == []
    assert sent(box, RESEND_S) == [2]
    assert len(box) == 1


def test_waiting_doubles_while_nobody_answers_and_ends_when_somebody_does() -> None:
    box = Outbox()
    put(box, 1, 2)
    times = [second for second in range(400) if sent(box, float(second))]
    waits = np.diff(times)
    assert waits[0] == RESEND_S
    assert waits[1] == 2 * RESEND_S
    assert max(waits) == LONGEST_RESEND_S
    box.acknowledge(ack(1), 400.0)
    assert sent(box, 400.0) == [2], "who commits again is sent the rest at once"
    assert sent(box, 400.0 + RESEND_S) == [2]


def test_what_was_overtaken_is_sent_again_without_waiting() -> None:
    box = Outbox()
    put(box, 1, 2)
    put(box, 1, committed="diagnosis")
    box.due(0.0)
    put(box, 3)
    box.due(0.6)
    put(box, 4)
    box.due(1.5)
    box.acknowledge(ack(4), 1.6)
    # A platform that was killed held 1 and 2; 3 may still be on its way, a diagnosis always.
    assert [entry.key for entry in box.due(1.6)] == [key(1), key(2)]
    put(box, 5)
    box.due(1.7)
    box.acknowledge(ack(5), 1.8)
    assert sent(box, 1.8) == [3], "1 and 2 were just sent again, and are given their time"


def test_on_a_slow_link_nothing_is_sent_twice() -> None:
    """Ten a second are put in and four get through: the queue grows to minutes."""
    box, queue, copies = Outbox(), deque[int](), Counter[int]()
    for tick in range(1200):
        now_s = tick / 10
        if tick < 600:
            put(box, tick)
        queue += (entry.key.seq for entry in box.due(now_s))
        if tick % 5 in (0, 2) and queue:
            copies[seq := queue.popleft()] += 1
            box.acknowledge(ack(seq), now_s)
    assert len(copies) == 480
    assert set(copies.values()) == {1}


def test_what_is_lost_without_a_trace_on_a_quick_link_goes_again_after_a_while() -> None:
    """No later message of its sender overtakes it, and others are acknowledged all the time."""
    box = Outbox()
    put(box, 0, committed="diagnosis")
    box.due(0.0)
    again = []
    for second in range(1, 20):
        put(box, second)
        again += [second for entry in box.due(float(second)) if entry.key.committed != "report"]
        box.acknowledge(ack(second), second + 0.1)
    assert again[:1] == [RESEND_S]


def test_after_a_lost_link_live_messages_go_before_the_backlog_and_that_in_order() -> None:
    box = Outbox()
    put(box, *range(3 * WINDOW))
    box.hurry()
    put(box, 9001, 9002)
    first = sent(box, 0.0)
    assert first == [9001, 9002, *range(WINDOW - 2)]
    put(box, 9003)
    assert sent(box, 0.1) == [9003], "a full window holds back the backlog, never live messages"
    box.acknowledge(ack(*first), 0.0)
    assert sent(box, 0.2) == list(range(WINDOW - 2, 2 * WINDOW - 3))


def test_a_full_box_drops_the_oldest_reports_first_and_says_which() -> None:
    box = Outbox(10 * (ENTRY_BYTES + 100))
    put(box, 1, committed="alarm opened")
    put(box, *range(2, 14))
    assert box.dropped == 3
    assert box.held_bytes <= box.max_bytes
    assert box.take_lost() == [((MOTOR, BOOT, "report"), ((2, 4),))]
    assert box.take_lost() == []
    put(box, 50, committed="alarm closed", size=6400)
    assert [entry.key.committed for entry in box.due(0.0)].count("alarm opened") == 1


def test_what_was_dropped_is_stated_again_only_after_the_last_statement_arrived() -> None:
    box = Outbox(2 * (ENTRY_BYTES + 100))
    put(box, 1, 2, 3)
    assert box.take_lost() == [((MOTOR, BOOT, "report"), ((1, 1),))]
    put(box, 0, committed="lost report", size=10)
    put(box, 4, 5)
    assert box.take_lost() == []
    assert len([entry for entry in box.due(0.0) if entry.key.committed == "lost report"]) == 1
    box.acknowledge(ack(0, committed="lost report"), 0.0)
    ((_, ranges),) = box.take_lost()
    assert ranges[0][0] == 2


def test_a_message_put_again_is_one_message() -> None:
    box = Outbox()
    put(box, 1, 1)
    assert len(box) == 1
    assert sent(box, 0.0) == [1]


@pytest.mark.parametrize(
    "foreign",
    [
        ack(1, motor="pump-2"),
        ack(1, committed="diagnosis"),
        ack(1, committed="alarm closed"),
        ack(2, 7),
        Ack(motor_id=MOTOR, boot_id="boot-2", committed="report", ranges=((0, 2**62),)),
    ],
)
def test_an_acknowledgement_of_something_else_lets_nothing_go(foreign: Ack) -> None:
    box = Outbox()
    put(box, 1)
    assert box.acknowledge(foreign, 0.0) == 0
    assert len(box) == 1


def test_an_endless_range_is_answered_from_what_is_held() -> None:
    box = Outbox()
    put(box, 1, 2**40)
    whole = Ack(motor_id=MOTOR, boot_id=BOOT, committed="report", ranges=((0, 2**62),))
    assert box.acknowledge(whole, 0.0) == 2
    assert box.held_bytes == 0


Step = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 20)),
    st.tuples(st.just("send"), st.integers(0, 100)),
    st.tuples(st.just("down"), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 90)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(Step, max_size=60), st.integers(3, 30), st.integers(0, 2**32 - 1))
def test_every_message_arrives_or_is_counted(
    steps: list[tuple[str, int]], room: int, seed: int
) -> None:
    """Against a link that loses at random, every number is committed or in a stated range."""
    random = np.random.default_rng(seed)
    box = Outbox(room * (ENTRY_BYTES + 100))
    committed: set[int] = set()
    lost: set[int] = set()
    now, put_so_far = 0.0, 0

    def deliver(share: float) -> None:
        for entry in box.due(now):
            if random.random() < share:
                committed.add(entry.key.seq)
                if random.random() < share:
                    box.acknowledge(ack(entry.key.seq), now)

    for what, amount in steps:
        if what == "put":
            put(box, *range(put_so_far, put_so_far + amount))
            put_so_far += amount
        elif what == "send":
            deliver(amount / 100)
        elif what == "down":
            box.hurry()
        else:
            now += amount
        assert box.held_bytes <= box.max_bytes
    while len(box):
        now += LONGEST_RESEND_S
        deliver(1.0)
    for _, ranges in box.take_lost():
        for first, last in ranges:
            lost.update(range(first, last + 1))
    assert committed | lost == set(range(put_so_far))
    assert box.dropped == len(lost)
    assert box.held_bytes == 0
