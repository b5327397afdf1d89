"""Delivery through a bus that fails: the platform's commit alone lets a message go."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_messages import OUTER_RACE, alarm, diagnosis, report

from app.bus.bus import Handler
from app.bus.in_process import InProcessBus
from app.delivery.entry import ENTRY_BYTES
from app.delivery.outbox import RESEND_S, Outbox
from app.delivery.reliable_bus import ReliableBus
from app.messages import Dropped, Message, decode, encode, kind_of
from app.receipts import Ack
from app.roles.platform import Platform
from app.store import Store, open_store
from app.topics import pattern, topic
from sensors.errors import BusError


class Link:
    """A bus whose link can be cut."""

    def __init__(self) -> None:
        self.bus = InProcessBus()
        self.up = True

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        if not self.up:
            raise BusError("no link")
        self.bus.publish(topic, payload, retain=retain, expires_s=expires_s)

    def subscribe(self, pattern: str, handler: Handler) -> None:
        self.bus.subscribe(pattern, handler)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Desk:
    """A sender and a platform with a link between them."""

    def __init__(self, store: Store, *, room: int = 1000) -> None:
        self.link, self.clock = Link(), Clock()
        self.outbox = Outbox(room * (ENTRY_BYTES + 1000))
        self.sender = ReliableBus(self.link, "hall", self.outbox, now_s=self.clock)
        self.platform = Platform(self.link.bus, store, batch=1000)

    def send(self, *messages: Message) -> None:
        for message in messages:
            where = topic("hall", message.motor_id, kind_of(message))
            self.sender.publish(where, encode(message))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/x.db") as opened:
        yield opened


def test_messages_are_held_until_the_commit(store: Store) -> None:
    desk = Desk(store)
    desk.send(report(1), diagnosis(1, OUTER_RACE), alarm(1))
    assert len(desk.outbox) == 3
    desk.platform.flush()
    assert len(desk.outbox) == 0


def test_opening_and_closing_of_an_alarm_are_acknowledged_apart(store: Store) -> None:
    desk = Desk(store)
    desk.send(alarm(1))
    desk.link.up = False
    desk.send(alarm(1, closed_s=99))
    desk.platform.flush()
    assert len(desk.outbox) == 1, "the commit of the opening says nothing of the closing"
    desk.link.up = True
    desk.sender.on_link(True)
    desk.platform.flush()
    assert len(desk.outbox) == 0
    (kept,) = store.alarms("pump-1")
    assert kept.closed_ns == 99_000_000_000


def test_a_cut_link_loses_nothing(store: Store) -> None:
    desk = Desk(store)
    desk.link.up = False
    desk.sender.on_link(False)
    desk.send(*[report(seq) for seq in range(50)])
    assert desk.sender.pump() == 0
    desk.link.up = True
    desk.sender.on_link(True)
    desk.platform.flush()
    assert [each.seq for each in store.reports("pump-1")] == list(range(50))
    assert len(desk.outbox) == 0


def test_a_platform_that_forgets_is_sent_everything_again(store: Store) -> None:
    desk = Desk(store)
    desk.send(report(1), report(2))
    desk.platform._held.clear()  # as if it had been killed before its commit
    desk.clock.now_s = RESEND_S
    assert desk.sender.pump() == 2
    desk.platform.flush()
    assert [each.seq for each in store.reports("pump-1")] == [1, 2]


def test_what_a_full_outbox_dropped_is_stated_and_committed(store: Store) -> None:
    desk = Desk(store, room=5)
    said: list[Message] = []
    desk.link.bus.subscribe(
        pattern("dropped"), lambda where, payload: said.append(decode(where, payload))
    )
    desk.link.up = False
    desk.sender.on_link(False)
    desk.send(*[report(seq) for seq in range(40)])
    desk.link.up = True
    desk.sender.on_link(True)
    for _ in range(3):
        desk.sender.pump()
        desk.platform.flush()
    # Stating a loss may itself cost a report, which the next statement names.
    lost: list[int] = []
    for statement in said:
        assert isinstance(statement, Dropped)
        lost += [seq for first, last in statement.ranges for seq in range(first, last + 1)]
    assert len(lost) == desk.outbox.dropped > 0
    assert lost + [each.seq for each in store.reports("pump-1")] == list(range(40))
    assert len(desk.outbox) == 0


def test_other_messages_are_not_held(store: Store) -> None:
    desk = Desk(store)
    heard: list[str] = []
    desk.link.bus.subscribe(pattern("state"), lambda where, payload: heard.append(where))
    desk.sender.publish(topic("hall", "pump-1", "state"), b"{}", retain=True)
    assert heard == ["motorwatch/v1/hall/pump-1/state"]
    assert len(desk.outbox) == 0
    desk.link.up = False
    with pytest.raises(BusError):
        desk.sender.publish(topic("hall", "pump-1", "state"), b"{}")


def test_hostile_acknowledgements_are_counted_and_release_nothing(store: Store) -> None:
    desk = Desk(store)
    desk.send(report(1))
    for hostile in (b"", b"{}", b"\xff", b'{"ranges":[[5,1]]}'):
        desk.link.bus.publish(topic("hall", "pump-1", "ack"), hostile)
    forged = Ack(motor_id="pump-1", boot_id="boot-1", committed="report", ranges=((1, 1),))
    desk.link.bus.publish(topic("hall", "pump-2", "ack"), encode(forged))
    assert desk.sender.refused == 5
    assert len(desk.outbox) == 1
