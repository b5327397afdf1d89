"""The gateway's alarms on a bus: what comes before it has read the retained states is not lost."""

import pytest
from alarm_inputs import SECOND, START, order
from sample_messages import report

from app.alarms.event import AlarmEvent
from app.alarms.motor_state import MotorState
from app.alarms.rules import load_alarm_rules
from app.bus.in_process import InProcessBus
from app.commands import MaintenanceOff, MaintenanceOn
from app.live import alarm_desk
from app.live.alarm_desk import AlarmDesk
from app.live.steady_clock import SteadyClock
from app.messages import Message, decode, encode, kind_of
from app.topics import pattern, topic


class Hall:
    """A desk, a clock and all that is told."""

    def __init__(self) -> None:
        self.bus, self.now_ns, self.events = InProcessBus(), START, []
        self.states: dict[str, MotorState] = {}
        self.bus.subscribe(pattern("state"), self._on_state)

    def open(self) -> AlarmDesk:
        return AlarmDesk(
            self.bus,
            site="local",
            position="desk",
            boot_id="g-1",
            periods_s={"pump-1": 1000.0},
            rules=load_alarm_rules(),
            connected=lambda: True,
            told=self.events.append,
            clock=SteadyClock(lambda: self.now_ns, lambda: self.now_ns),
        )

    def say(self, message: Message) -> None:
        self.bus.publish(topic("local", message.motor_id, kind_of(message)), encode(message))

    def settle(self, desk: AlarmDesk) -> None:
        while desk.board is None:
            desk.step()
            self.now_ns += SECOND // 10

    def _on_state(self, where: str, payload: bytes) -> None:
        said = decode(where, payload)
        assert isinstance(said, MotorState)
        self.states[said.motor_id] = said


def happenings(events: list[AlarmEvent]) -> list[tuple[str, str | None]]:
    return [(each.event, each.command_id) for each in events]


def test_what_comes_early_is_taken_afterwards_in_its_order() -> None:
    hall = Hall()
    desk = hall.open()
    desk.step()
    on = MaintenanceOn(until_ns=START + 3600 * SECOND, reason="belt")
    hall.say(order(on, START, "c-1"))
    hall.say(report(3, "pump-1", state="danger"))
    hall.say(order(MaintenanceOff(), START, "c-2"))
    assert not hall.events
    hall.settle(desk)
    assert happenings(hall.events) == [("maintenance_on", "c-1"), ("maintenance_off", "c-2")]
    assert hall.states["pump-1"].reported == "danger"
    assert hall.states["pump-1"].maintenance is None


def test_an_early_command_that_expired_meanwhile_is_refused() -> None:
    hall = Hall()
    desk = hall.open()
    hall.say(order(MaintenanceOff(), START, "c-1", life_s=1))
    hall.now_ns += 60 * SECOND
    hall.settle(desk)
    (told,) = hall.events
    assert (told.event, told.command_id) == ("refused", "c-1")
    assert "expired" in told.reasons[0]


def test_early_commands_go_on_from_what_the_broker_retained() -> None:
    hall = Hall()
    first = hall.open()
    hall.settle(first)
    on = MaintenanceOn(until_ns=START + 3600 * SECOND, reason="belt")
    hall.say(order(on, START, "c-1"))
    retained = encode(hall.states["pump-1"])
    later = Hall()
    later.bus.publish(topic("local", "pump-1", "state"), retained, retain=True)
    desk = later.open()
    later.say(order(on, START, "c-1"))
    later.say(order(MaintenanceOff(), START, "c-2"))
    later.settle(desk)
    assert happenings(later.events) == [("maintenance_off", "c-2")]


def test_what_is_kept_is_bounded_and_the_newest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    hall = Hall()
    monkeypatch.setattr(alarm_desk, "MOST_EARLY", 3)
    desk = hall.open()
    for seq in range(5):
        hall.say(report(seq, "pump-1"))
    hall.say(order(MaintenanceOff(), START, "c-1"))
    assert desk.missed == 3
    hall.settle(desk)
    assert happenings(hall.events) == [("refused", "c-1")]
    assert hall.states["pump-1"].report is not None
    assert hall.states["pump-1"].report.seq == 4
