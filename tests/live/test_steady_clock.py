"""The clock of those who watch for silence, and what its leaps do to a board."""

import pytest

from app.alarms.board import Tick, leap, new_board, step
from app.alarms.rules import ALARM_RULES, load_alarm_rules
from app.alarms.signs import STALE
from app.live.steady_clock import LEAP_NS, SteadyClock

NS = 10**9
NOON_NS = 1_790_000_000 * NS
HOUR_NS = 3600 * NS


class Hands:
    """Both clocks, set by hand."""

    def __init__(self) -> None:
        self.utc_ns, self.steady_ns = NOON_NS, 5 * NS
        self.clock = SteadyClock(lambda: self.utc_ns, lambda: self.steady_ns)

    def wait(self, seconds: float) -> None:
        self.utc_ns += round(seconds * NS)
        self.steady_ns += round(seconds * NS)


def test_it_is_utc_while_nobody_sets_it() -> None:
    hands = Hands()
    for _ in range(5):
        hands.wait(1.5)
        assert hands.clock.moment() == (hands.utc_ns, 0)


def test_set_back_it_goes_on_and_meets_utc_again() -> None:
    hands = Hands()
    hands.utc_ns -= HOUR_NS
    hands.wait(10.0)
    assert hands.clock.moment() == (NOON_NS + 10 * NS, 0)
    hands.utc_ns += HOUR_NS
    hands.wait(1.0)
    assert hands.clock.moment() == (hands.utc_ns, 0)


@pytest.mark.parametrize(("by_ns", "told_ns"), [(HOUR_NS, HOUR_NS), (LEAP_NS, 0), (1, 0)])
def test_set_forward_it_follows_and_says_so_once(by_ns: int, told_ns: int) -> None:
    hands = Hands()
    hands.utc_ns += by_ns
    hands.wait(1.0)
    assert hands.clock.moment() == (hands.utc_ns, told_ns)
    hands.wait(1.0)
    assert hands.clock.moment() == (hands.utc_ns, 0)


def test_a_leap_silences_nobody_and_silence_before_it_still_counts() -> None:
    rules = load_alarm_rules(ALARM_RULES)
    board = new_board("control-room", "g-1", {"pump-1": 1.0}, NOON_NS)
    board, _ = step(board, Tick(), NOON_NS + NS, rules)
    leapt = leap(board, HOUR_NS)
    board, events = step(leapt, Tick(), leapt.now_ns, rules)
    assert [event.key for event in events] == []
    # A second of silence was there already; two periods are the most.
    _, events = step(board, Tick(), leapt.now_ns + 3 * NS, rules)
    assert [event.key for event in events if event.event == "raised"] == [STALE]
    # Without the leap's being told, the hour itself looks like silence.
    _, events = step(board, Tick(), leapt.now_ns + HOUR_NS, rules)
    assert STALE in [event.key for event in events]
