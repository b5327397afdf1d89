"""The gateway's alarms on the bus: hears reports and orders, tells events and states.

What the broker retains is the only memory: on its first link the desk reads the retained states,
waits a moment for all of them, and goes on from there.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping

from app.alarms.board import Board, Given, Tick, leap, new_board, next_due_ns, step
from app.alarms.event import AlarmEvent
from app.alarms.memory import is_news
from app.alarms.motor_state import MotorState
from app.alarms.rules import AlarmRules
from app.bus.bus import Bus
from app.live.steady_clock import SteadyClock
from app.messages import decode, encode
from app.seldom import is_worth_saying
from app.topics import Kind, pattern, topic
from sensors.errors import BadMessage, BusError

log = logging.getLogger(__name__)

HEARD: tuple[Kind, ...] = ("report", "alarm", "interlock", "cmd")
SETTLE_S = 1.0
"""Retained states arrive within this time of the subscription."""
REPEAT_S = 60.0
"""A state is told again this often, though nothing in it is news."""
BEAT_S = 0.5
MOST_EARLY = 2000
"""Messages kept while the retained states are read: two of each motor of a large plant."""
LOUD = ("raised", "raised_again", "worsened", "refused")


class AlarmDesk:
    """Keeps the board of one operator position.

    Parameters
    ----------
    bus : Bus
        What is heard and told on; alarm events on it must be delivered reliably.
    site, position, boot_id : str
        Where, for whom, and which run.
    periods_s : mapping of str to float
        How often each motor reports.
    rules : AlarmRules
        Delays, limits, priorities.
    connected : callable
        Whether the bus has its link.
    told : callable
        Gets every event, for metrics.
    clock : SteadyClock or None
        UTC; None is the machine's.
    """

    def __init__(
        self,
        bus: Bus,
        *,
        site: str,
        position: str,
        boot_id: str,
        periods_s: Mapping[str, float],
        rules: AlarmRules,
        connected: Callable[[], bool],
        told: Callable[[AlarmEvent], None] = lambda event: None,
        clock: SteadyClock | None = None,
    ) -> None:
        self._bus, self._site, self._rules = bus, site, rules
        self._position, self._boot_id, self._periods_s = position, boot_id, dict(periods_s)
        self._connected, self._told, self._clock = connected, told, clock or SteadyClock()
        self._retained: dict[str, MotorState] = {}
        self._linked_ns: int | None = None
        self._board: Board | None = None
        self._early: deque[Given] = deque(maxlen=MOST_EARLY)
        self._published: dict[str, tuple[MotorState, int]] = {}
        self.refused = self.missed = 0
        bus.subscribe(pattern("state", site), self._on_state)
        for kind in HEARD:
            bus.subscribe(pattern(kind, site), self._on_message)

    @property
    def board(self) -> Board | None:
        """What it watches; None until retained states were read."""
        return self._board

    def hear(self, given: Given) -> None:
        """Take something into account, and tell what follows; what comes early is taken later."""
        if self._board is None:
            self._keep(given)
            return
        now_ns, leapt_ns = self._clock.moment()
        if leapt_ns:
            log.warning("the clock leapt forward by %.0f s; delays go on", leapt_ns / 1e9)
            self._board = leap(self._board, leapt_ns)
        try:
            self._board, events = step(self._board, given, now_ns, self._rules)
        except BadMessage as error:
            self._refuse(error)
            return
        for event in events:
            _log(event)
            self._told(event)
            self._bus.publish(topic(self._site, event.motor_id, "alarm/event"), encode(event))
        self._tell_states()

    def step(self) -> float:
        """Begin, or let time pass; return when to step again."""
        if self._board is None:
            self._begin()
            return 0.1
        self.hear(Tick())
        due_ns = next_due_ns(self._board, self._rules)
        if due_ns is None:
            return BEAT_S
        return min(max((due_ns - self._board.now_ns) / 1e9, 0.01), BEAT_S)

    def close(self) -> None:
        """Leave the last states where the next run finds them."""
        self._published.clear()
        if self._board is not None and self._connected():
            self._tell_states()

    def _begin(self) -> None:
        now_ns, _ = self._clock.moment()
        if not self._connected():
            self._linked_ns = None
            return
        if self._linked_ns is None:
            self._linked_ns = now_ns
        if now_ns - self._linked_ns < SETTLE_S * 1e9:
            return
        self._board = new_board(
            self._position,
            self._boot_id,
            self._periods_s,
            now_ns,
            retained=self._retained.values(),
        )
        log.info("watching %d motors, %d known before", len(self._periods_s), len(self._retained))
        self._retained.clear()
        self._tell_states()
        while self._early:
            self.hear(self._early.popleft())

    def _keep(self, given: Given) -> None:
        if len(self._early) == MOST_EARLY:
            self.missed += 1
            if is_worth_saying(self.missed):
                log.warning(
                    "%d messages before the beginning are lost, there is no room", self.missed
                )
        self._early.append(given)

    def _on_state(self, where: str, payload: bytes) -> None:
        if self._board is not None or not payload:
            # After the beginning these are the desk's own words.
            return
        try:
            state = decode(where, payload)
        except BadMessage as error:
            self._refuse(error)
            return
        assert isinstance(state, MotorState), "the topic decides the kind"
        if state.motor_id in self._periods_s or state.motor_id == self._position:
            self._retained[state.motor_id] = state

    def _on_message(self, where: str, payload: bytes) -> None:
        try:
            message = decode(where, payload)
        except BadMessage as error:
            self._refuse(error)
            return
        self.hear(message)  # type: ignore[arg-type]

    def _tell_states(self) -> None:
        assert self._board is not None, "nothing is told before the board is there"
        now_ns = self._board.now_ns
        for motor_id, state in self._board.motors.items():
            if not self._is_due(motor_id, state, now_ns):
                continue
            where = topic(self._site, motor_id, "state")
            try:
                self._bus.publish(where, encode(state), retain=True)
            except BusError:
                # Told as soon as the link is back: what was last told has not changed.
                return
            self._published[motor_id] = (state, now_ns)

    def _is_due(self, motor_id: str, state: MotorState, now_ns: int) -> bool:
        before = self._published.get(motor_id)
        if before is None:
            return True
        told, told_ns = before
        news = state is not told and is_news(told, state)
        return news or now_ns - told_ns >= REPEAT_S * 1e9

    def _refuse(self, error: BadMessage) -> None:
        self.refused += 1
        if is_worth_saying(self.refused):
            log.warning("message refused (%d so far): %s", self.refused, error)


def _log(event: AlarmEvent) -> None:
    """Say in the log what happened, so that an operator can follow it from there alone."""
    level = logging.WARNING if event.event in LOUD else logging.INFO
    what = event.condition or event.key or "motor"
    which = "" if event.alarm_id is None else f"alarm {event.alarm_id} "
    why = f": {event.reasons[0]}" if event.reasons else ""
    said = f"{which}{what} {event.event} ({event.priority or '-'}){why}"
    log.log(level, "%s", said, extra={"motor_id": event.motor_id})
