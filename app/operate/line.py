"""An operator's own line to the broker: hears states and events, sends orders, awaits answers."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from app.alarms.event import AlarmEvent
from app.alarms.motor_state import MotorState, OpenAlarm
from app.bus.bus import Bus, Handler
from app.commands import Command
from app.live_config.operator import OperatorConfig
from app.messages import decode
from app.operate.answer import Answer, answer_of, capture_answer
from app.operate.order import Order
from app.tls import client_context
from app.topics import Address, Kind, pattern
from app.transfer.receiver import CaptureReceiver
from sensors.errors import BadConfig, BadMessage, BusError

if TYPE_CHECKING:
    from app.bus.mqtt import MqttBus

LINK_S = 10.0
"""The broker must answer within this time."""
QUIET_S = 1.0
"""Retained states that are there come within this time of each other."""
BEAT_S = 0.2
ANSWERS: tuple[Kind, ...] = ("alarm/event", "interlock")


class Presence(msgspec.Struct, frozen=True):
    """What a process says of itself, or the broker once it is gone."""

    role: str
    online: bool


class OperatorLine:
    """What an operator hears of one site; `open_line` makes one.

    Parameters
    ----------
    bus : MqttBus
        A link that is up.
    site : str
        Which plant.
    now_s : callable
        A clock that never goes back.
    """

    def __init__(
        self, bus: "MqttBus", site: str, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._bus, self._site, self._now_s = bus, site, now_s
        self._command: Command | None = None
        self._answer: Answer | None = None
        self._events: list[AlarmEvent] = []
        self._present: dict[str, Presence] = {}
        self.states: dict[str, MotorState] = {}
        self._heard_s = now_s()
        bus.subscribe(pattern("state", site), self._on_state)
        bus.subscribe(pattern("process", site), self._on_process)
        for kind in ANSWERS:
            bus.subscribe(pattern(kind, site), self._on_message)

    def read_states(self) -> None:
        """Take in what the broker retains of every motor.

        Raises
        ------
        BusError
            The link was lost.
        """
        began_s = self._heard_s = self._now_s()
        while (now_s := self._now_s()) - self._heard_s < QUIET_S and now_s - began_s < LINK_S:
            self._poll()

    def alarm(self, alarm_id: str) -> tuple[str, OpenAlarm]:
        """Return whose alarm it is, and the alarm.

        Raises
        ------
        BadConfig
            No motor has it open.
        """
        for motor_id, state in self.states.items():
            found = state.alarm_of(alarm_id)
            if found is not None:
                return motor_id, found
        raise BadConfig(
            f"no open alarm {alarm_id!r} at site {self._site!r}; it is normal by now, or mistyped: "
            "`motorwatch operate alarms` lists those that are open"
        )

    def check_motor(self, motor_id: str) -> None:
        """Raise BadConfig where others are known at this site, and this motor is not."""
        if self.states and motor_id not in self.states:
            motors = [name for name, each in self.states.items() if each.period_s is not None]
            known = ", ".join(sorted(motors))
            raise BadConfig(f"no motor {motor_id!r} at site {self._site!r}; known are: {known}")

    def give(self, order: Order, wait_s: float) -> Answer | None:
        """Send an order and return what became of it; None where nobody said within `wait_s`.

        Raises
        ------
        BusError
            It could not be sent, or the broker does not let this operator command.
        """
        self._command, self._answer = order.command, None
        self._bus.publish(order.topic, order.payload, expires_s=order.lives_s)
        until_s = self._now_s() + wait_s
        while self._answer is None and self._now_s() < until_s:
            self._bus.poll(BEAT_S)
            if self._bus.denied:
                raise BusError(
                    f"the broker does not take {order.topic} from this operator; "
                    "`motorwatch pki issue --role operator` makes a certificate that may"
                )
        return self._answer

    def watch_captures(self) -> None:
        """Hear raw captures too: megabytes, so only where one is asked for."""
        CaptureReceiver(_Silent(self._bus), self._on_capture, knows=self._wants)

    def events(self) -> Iterator[AlarmEvent]:
        """Yield each event of an alarm as it comes, for ever; a lost link is waited for."""
        while True:
            self._bus.poll(BEAT_S)
            came, self._events = self._events, []
            yield from came

    def online(self, *roles: str) -> bool:
        """Whether a process of one of these roles says that it is there."""
        return any(each.online and each.role in roles for each in self._present.values())

    def _poll(self) -> None:
        self._bus.poll(BEAT_S)
        if not self._bus.connected:
            raise BusError(f"the link to the broker was lost: {self._bus.trouble}")

    def _on_state(self, where: str, payload: bytes) -> None:
        try:
            state = decode(where, payload)
        except BadMessage:
            # What nobody can read is nothing to show; the gateway logs it.
            return
        assert isinstance(state, MotorState), "the topic decides the kind"
        self.states[state.motor_id] = state
        self._heard_s = self._now_s()

    def _on_process(self, where: str, payload: bytes) -> None:
        try:
            self._present[where] = msgspec.json.decode(payload, type=Presence)
        except (msgspec.MsgspecError, ValueError):
            return

    def _on_message(self, where: str, payload: bytes) -> None:
        try:
            message = decode(where, payload)
        except BadMessage:
            return
        if isinstance(message, AlarmEvent):
            self._events.append(message)
        if self._command is not None:
            self._answer = self._answer or answer_of(self._command, message)

    def _on_capture(self, address: Address, payload: bytes) -> None:
        if self._command is not None:
            found = capture_answer(self._command, address.motor_id, payload)
            self._answer = self._answer or found

    def _wants(self, address: Address) -> bool:
        command = self._command
        return (
            command is not None
            and address.site == self._site
            and address.motor_id == command.motor_id
        )


class _Silent:
    """Hears what a bus carries and says nothing on it: the gateway acknowledges captures."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        """Say nothing."""

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """Hear; see `Bus.subscribe`."""
        self._bus.subscribe(pattern, handler)


@contextmanager
def open_line(config: OperatorConfig) -> Iterator[OperatorLine]:
    """Connect to a plant's broker.

    Raises
    ------
    BusError
        It does not answer.
    BadCertificate, UnsafeKey
        What TLS needs cannot be used.
    """
    # Here, not above: a command line that only prints help needs no paho.
    from app.bus.mqtt import Broker, MqttBus

    at = config.broker
    tls = None if at.tls is None else client_context(at.tls)
    name = f"{at.name or 'operator'}-{secrets.token_hex(4)}"
    bus = MqttBus(Broker(at.host, at.port, tls), name)
    line = OperatorLine(bus, config.site)
    bus.start(wait_s=LINK_S)
    try:
        yield line
    finally:
        bus.stop()
