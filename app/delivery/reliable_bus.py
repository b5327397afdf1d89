"""A bus that holds what must not be lost until the platform has committed it.

Roles publish on it as on any other. Reports, diagnoses, alarms and statements of loss go through
the outbox; everything else is sent at once or, without a link, not at all: a state is published
anew when the link is back, and a raw capture has a transfer of its own.
"""

import logging
from collections.abc import Callable

import msgspec

from app.bus.bus import Bus, Handler
from app.delivery.entry import Entry, Key, Sender
from app.delivery.outbox import Outbox
from app.fields import Count, MotorId, Token
from app.messages import decode, encode
from app.receipts import LOSS_OF, MAX_RANGES, Ack, Committed, Dropped, Held, SeqRange
from app.seldom import is_worth_saying
from app.topics import Kind, parse_topic, pattern, topic
from sensors.errors import BadMessage, BusError, StoreError

log = logging.getLogger(__name__)

CARRIED_THROUGH: tuple[Kind, ...] = (
    "report",
    "diagnosis",
    "alarm",
    "alarm/event",
    "interlock",
    "dropped",
)


class _Identity(msgspec.Struct, frozen=True):
    """What tells one message from another; whatever else it holds is passed over."""

    motor_id: MotorId
    boot_id: Token
    seq: Count
    closed_ns: int | None = None
    lost: Held | None = None


_IDENTITY = msgspec.json.Decoder(_Identity)


class ReliableBus:
    """Publishes through an outbox.

    Parameters
    ----------
    bus : Bus
        What carries the messages.
    site : str
        Whose acknowledgements are heard.
    outbox : Outbox
        What holds them.
    now_s : callable
        A clock that never goes back.
    """

    def __init__(self, bus: Bus, site: str, outbox: Outbox, *, now_s: Callable[[], float]) -> None:
        self._bus = bus
        self._site = site
        self._now_s = now_s
        self._linked = True
        self._statements: dict[Sender, int] = {}
        self.outbox = outbox
        self.refused = 0
        bus.subscribe(pattern("ack", site), self._on_ack)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        """Hold a message that must arrive, or send another now; see `Bus.publish`."""
        kind = parse_topic(topic).kind
        if kind in CARRIED_THROUGH:
            self.outbox.put(_key(kind, payload), topic, payload, self._now_s())
            self.pump()
        else:
            self._bus.publish(topic, payload, retain=retain, expires_s=expires_s)

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """Subscribe on the bus beneath; see `Bus.subscribe`."""
        self._bus.subscribe(pattern, handler)

    def on_link(self, up: bool) -> None:
        """Take note that the link came or went."""
        self._linked = up
        self.outbox.hurry()
        if up:
            self.pump()

    def pump(self) -> int:
        """Send what is due; return how many messages went. Call it at least once a second."""
        if not self._linked:
            return 0
        for sender, ranges in self.outbox.take_lost():
            self._state_loss(sender, ranges)
        sent = 0
        due = self.outbox.due(self._now_s())
        try:
            for entry in due:
                self._send(entry)
                sent += 1
        except (BusError, StoreError):
            # The link is gone or full, or a store in this process is: all waits for the next time.
            self.outbox.hurry()
        return sent

    def _send(self, entry: Entry) -> None:
        self._bus.publish(entry.topic, entry.payload)

    def _state_loss(self, sender: Sender, ranges: tuple[SeqRange, ...]) -> None:
        """Put a statement of what was dropped where the platform will commit it."""
        for first in range(0, len(ranges), MAX_RANGES):
            seq = self._statements.get(sender, 0)
            self._statements[sender] = seq + 1
            statement = Dropped(
                motor_id=sender.motor_id,
                boot_id=sender.boot_id,
                seq=seq,
                lost=sender.held,
                ranges=ranges[first : first + MAX_RANGES],
            )
            payload = encode(statement)
            where = topic(self._site, sender.motor_id, "dropped")
            self.outbox.put(_key("dropped", payload), where, payload, self._now_s())

    def _on_ack(self, where: str, payload: bytes) -> None:
        try:
            ack = decode(where, payload)
        except BadMessage as error:
            self.refused += 1
            if is_worth_saying(self.refused):
                log.warning("acknowledgement refused (%d so far): %s", self.refused, error)
            return
        assert isinstance(ack, Ack), "the topic decides the kind"
        self.outbox.acknowledge(ack, self._now_s())


def _key(kind: Kind, payload: bytes) -> Key:
    identity = _IDENTITY.decode(payload)
    return Key(identity.motor_id, identity.boot_id, _committed(kind, identity), identity.seq)


def _committed(kind: Kind, identity: _Identity) -> Committed:
    match kind:
        case "report" | "diagnosis" | "alarm/event" | "interlock":
            return kind
        case "alarm":
            return "alarm opened" if identity.closed_ns is None else "alarm closed"
        case _:
            assert identity.lost is not None, "a statement of loss says of what"
            return LOSS_OF[identity.lost]
