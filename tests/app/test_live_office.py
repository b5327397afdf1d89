"""Beside recording: orders are kept with their giver, alarms reach people, old rows go."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sample_messages import SECOND, report

from app.alarms.event import AlarmEvent
from app.bus.in_process import InProcessBus
from app.commands import Acknowledge, Command
from app.live.background import Background
from app.live.office import Office, notice_of
from app.messages import encode
from app.store import Store, open_store
from app.store.arrival import Arrival
from app.store.audit_log import stored_acts
from app.topics import topic
from sensors.errors import BadConfig, StoreError

NOW_NS = time.time_ns()
RAISED = AlarmEvent(
    motor_id="pump-1",
    boot_id="g-1",
    seq=3,
    at_ns=NOW_NS,
    event="raised",
    alarm_id="g-1.7",
    key="bearing_outer_race",
    category="asset",
    severity="danger",
    priority="critical",
    state="unacknowledged_active",
    since_ns=NOW_NS,
    reasons=("BPFO and two harmonics stand in the envelope",),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/x.db") as opened:
        yield opened


def acknowledge(number: str) -> Command:
    return Command(
        id=number,
        motor_id="pump-1",
        operator="anna",
        issued_ns=NOW_NS,
        expires_ns=NOW_NS + SECOND,
        act=Acknowledge(alarm_id="g-1.7"),
    )


def office(store: Store, bus: InProcessBus, **files: str) -> Office:
    settings: dict[str, str | None] = {"notify": None, "retention": None} | files
    return Office(store, bus, "hall", now_ns=lambda: NOW_NS, **settings)


def test_every_order_is_kept_with_who_gave_it(store: Store) -> None:
    bus = InProcessBus()
    made = office(store, bus)
    order = acknowledge("c1")
    bus.publish(topic("hall", "pump-1", "cmd"), encode(order))
    bus.publish(topic("hall", "pump-1", "cmd"), b"{}")
    (act,) = stored_acts(store)
    assert (act.operator, act.act, act.subject) == ("anna", "Acknowledge", "pump-1")
    assert '"g-1.7"' in act.detail and '"c1"' in act.detail
    assert made.refused == 1


class Moody:
    """A store that refuses until it is told otherwise."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.refuses = True

    @property
    def engine(self) -> object:
        if self.refuses:
            raise StoreError("full")
        return self._store.engine


def test_orders_wait_in_order_while_the_store_refuses(store: Store) -> None:
    bus, moody = InProcessBus(), Moody(store)
    made = office(moody, bus)  # type: ignore[arg-type]
    for number in range(3):
        bus.publish(topic("hall", "pump-1", "cmd"), encode(acknowledge(f"c{number}")))
    with pytest.raises(StoreError):
        made.catch_up()
    moody.refuses = False
    assert list(stored_acts(store)) == []
    made.catch_up()
    made.catch_up()
    said = [act.detail for act in stored_acts(store)]
    assert len(said) == 3
    assert all(f'"c{number}"' in detail for number, detail in enumerate(said))


def test_an_alarm_reaches_the_channel_it_is_for(store: Store, tmp_path: Path) -> None:
    rules = tmp_path / "notify.toml"
    rules.write_text(
        '[[channels]]\nname = "bus"\nkind = "mqtt"\ntopic = "plant/notices"\n'
        '[[rules]]\nchannels = ["bus"]\npriorities = ["critical"]\n'
    )
    bus, heard = InProcessBus(), []
    bus.subscribe("plant/notices", lambda where, payload: heard.append(payload))
    made = office(store, bus, notify=str(rules))
    low = msgspec.structs.replace(RAISED, seq=4, priority="low")
    made.tell([Arrival("hall", NOW_NS, each) for each in (report(1), RAISED, low)])
    (job,) = made.jobs()
    work = job.start()
    try:
        deadline = time.monotonic() + 30.0
        while not heard:
            assert time.monotonic() < deadline
            work.step()
            time.sleep(0.02)
    finally:
        work.close()
    assert len(heard) == 1
    assert b"bearing_outer_race raised" in heard[0] and b"BPFO" in heard[0]


def test_a_notice_says_what_when_and_by_whom() -> None:
    notice = notice_of(msgspec.structs.replace(RAISED, event="acknowledged", operator="anna"))
    assert notice.title == "bearing_outer_race acknowledged"
    assert notice.at_ns == NOW_NS and notice.priority == "critical"
    assert "by anna" in notice.text and "alarm g-1.7" in notice.text


def test_a_file_that_cannot_be_used_is_named_at_the_start(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"none\.toml"):
        office(store, InProcessBus(), notify=str(tmp_path / "none.toml"))


def test_slow_work_is_done_again_and_an_error_of_ours_does_not_end_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise StoreError("full")

    work = Background("test", call, 0.01)
    deadline = time.monotonic() + 30.0
    while len(calls) < 3:
        assert time.monotonic() < deadline
        assert 0 < work.step() <= 1.0
        time.sleep(0.01)
    work.close()
    assert "full" in caplog.text


def test_an_error_of_the_program_ends_the_job() -> None:
    def call() -> None:
        raise RuntimeError("a defect")

    work = Background("test", call, 0.01)
    deadline = time.monotonic() + 30.0
    with pytest.raises(RuntimeError, match="a defect"):
        while time.monotonic() < deadline:
            work.step()
            time.sleep(0.01)
    work.close()
