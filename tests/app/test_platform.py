from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sample_messages import OUTER_RACE, alarm, diagnosis, report

from app.bus.in_process import InProcessBus
from app.messages import Message, decode, encode, kind_of
from app.receipts import Ack
from app.roles.platform import Platform, Tally
from app.store import Arrival, Store, open_store
from app.topics import pattern, topic
from sensors.errors import StoreError


class Desk:
    """A bus with a platform on it, and what the platform answered."""

    def __init__(self, store: Store, batch: int) -> None:
        self.bus = InProcessBus()
        self.answers: list[tuple[str, Message]] = []
        self.bus.subscribe(pattern("ack"), self._note)
        self.platform = Platform(self.bus, store, batch=batch)

    def _note(self, where: str, payload: bytes) -> None:
        self.answers.append((where, decode(where, payload)))

    def send(self, *messages: Message, site: str = "hall") -> None:
        for message in messages:
            self.bus.publish(topic(site, message.motor_id, kind_of(message)), encode(message))

    @property
    def acknowledged(self) -> list[tuple[str, int]]:
        acks = [message for _, message in self.answers]
        return [
            (ack.committed, seq)
            for ack in acks
            if isinstance(ack, Ack)
            for first, last in ack.ranges
            for seq in range(first, last + 1)
        ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/x.db") as opened:
        yield opened


def test_a_full_batch_is_committed_and_then_acknowledged(store: Store) -> None:
    desk = Desk(store, batch=3)
    desk.send(report(1), diagnosis(1, OUTER_RACE))
    assert desk.answers == []
    assert list(store.reports("pump-1")) == []
    desk.send(alarm(1))
    assert desk.acknowledged == [("report", 1), ("diagnosis", 1), ("alarm opened", 1)]
    assert list(store.reports("pump-1")) == [report(1)]
    assert list(store.diagnoses("pump-1")) == [diagnosis(1, OUTER_RACE)]
    assert desk.platform.tally == Tally(stored=3)


def test_flush_commits_what_is_held(store: Store) -> None:
    desk = Desk(store, batch=100)
    desk.send(report(1), report(2))
    assert desk.platform.flush() == 2
    assert desk.acknowledged == [("report", 1), ("report", 2)]
    assert desk.platform.flush() == 0
    assert len(desk.answers) == 1


def test_a_redelivery_is_acknowledged_again_and_stored_once(store: Store) -> None:
    desk = Desk(store, batch=2)
    desk.send(report(1), report(1), report(1), report(1))
    assert desk.acknowledged == [("report", 1)] * 2
    assert len(list(store.reports("pump-1"))) == 1
    assert desk.platform.tally == Tally(stored=1, known=3)


def test_an_acknowledgement_goes_to_the_senders_site_and_motor(store: Store) -> None:
    desk = Desk(store, batch=2)
    desk.send(report(1, motor_id="fan-1"), site="north")
    desk.send(report(1, motor_id="fan-2"), site="south")
    assert [where for where, _ in desk.answers] == [
        "motorwatch/v1/north/fan-1/ack",
        "motorwatch/v1/south/fan-2/ack",
    ]


def test_hostile_messages_are_counted_and_stop_nobody(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(store, batch=2)
    desk.send(report(1))
    for _ in range(100):
        desk.bus.publish("motorwatch/v1/hall/pump-1/report", b"\xff\x00{")
    desk.bus.publish("motorwatch/v1/hall/pump-2/report", encode(report(2)))
    desk.send(report(3))
    assert desk.acknowledged == [("report", 1), ("report", 3)]
    assert desk.platform.tally == Tally(stored=2, refused=101)
    assert 0 < len(caplog.records) < 10, "a hostile sender must not fill the log"


class Refusing:
    """A store that refuses until it is told otherwise."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.refuse = True
        self.asked: list[int] = []

    def commit(self, arrivals: Sequence[Arrival]) -> int:
        self.asked.append(len(arrivals))
        if self.refuse:
            raise StoreError("full")
        return self.store.commit(arrivals)


def test_nothing_is_acknowledged_that_was_not_committed(store: Store) -> None:
    refusing = Refusing(store)
    desk = Desk(refusing, batch=3)  # type: ignore[arg-type]
    desk.send(report(1), report(2))
    for seq in range(3, 8):
        with pytest.raises(StoreError):
            desk.send(report(seq))
    assert desk.answers == []
    assert refusing.asked == [3] * 5, "held messages are bounded by the batch"
    refusing.refuse = False
    desk.send(report(8))
    desk.platform.flush()
    assert desk.acknowledged == [("report", seq) for seq in (1, 2, 3, 8)]
    assert {each.seq for each in store.reports("pump-1")} == {1, 2, 3, 8}


def test_a_platform_that_starts_again_goes_on_with_the_same_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    for first in (0, 5):
        with open_store(url) as store:
            desk = Desk(store, batch=4)
            desk.send(*[report(seq) for seq in range(first, first + 10)])
            desk.platform.flush()
            assert len(desk.acknowledged) == 10
    with open_store(url) as store:
        assert [each.seq for each in store.reports("pump-1")] == list(range(15))
