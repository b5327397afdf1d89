"""The log holds every committed message once, in order, without gaps, and gives it back whole."""

import json
import threading
from pathlib import Path

import msgspec
import pytest
from alembic import command
from alembic.config import Config
from sample_messages import OUTER_RACE, UNBALANCE, alarm, diagnosis, report
from sqlalchemy import text
from typer.testing import CliRunner

from app.bus.in_process import InProcessBus
from app.cli.main import app
from app.messages import Message, Recorded, decode, encode
from app.store import Arrival, LogOnly, Store, open_store
from app.store.connection import make_engine, writing
from app.store.event_log import (
    Event,
    every_event,
    last_offset,
    latest_events,
    offset_before,
    read_events,
    republish,
    tail,
)
from app.store.gaps import boot_gaps
from app.store.upgrade import MIGRATIONS
from sensors.errors import StoreError

BATCH: list[Recorded] = [
    report(1),
    diagnosis(1, OUTER_RACE, UNBALANCE),
    alarm(1),
    report(2, state="stopped", probability=None),
    alarm(1, 9, 0.97),
    diagnosis(2, abstained="speed unknown"),
    report(3, motor_id="fan-1"),
]


def said(event: Event) -> Message:
    return decode(event.topic, bytes(event.payload))


def command_sent(seq: int, step: int = 0) -> LogOnly:
    return LogOnly(
        kind="cmd", motor_id="pump-1", boot_id="boot-1", seq=seq, step=step, payload=b'{"a":1}'
    )


def test_every_message_is_an_event_in_its_order_with_its_own_bytes(store: Store) -> None:
    store.commit([Arrival("hall", 1000 + i, message) for i, message in enumerate(BATCH)])
    found = read_events(store)
    assert [event.offset for event in found] == list(range(1, 8))
    assert [event.received_ns for event in found] == list(range(1000, 1007))
    assert [said(event) for event in found] == BATCH
    assert [bytes(event.payload) for event in found] == [encode(message) for message in BATCH]
    assert {event.site for event in found} == {"hall"}


def test_redelivery_makes_no_second_event_and_no_gap(store: Store) -> None:
    assert store.add(BATCH) == 7
    assert store.add([*BATCH, report(4), *BATCH, report(4)]) == 1
    assert store.add(BATCH[::-1]) == 0
    assert store.add([alarm(1, 12, 0.5), report(5)]) == 1, "an alarm closes once"
    assert [event.offset for event in read_events(store)] == list(range(1, 10))
    assert last_offset(store) == 9


def test_what_only_the_log_keeps_is_told_apart_by_kind_and_step(store: Store) -> None:
    sent = [command_sent(1), command_sent(1, 1), command_sent(2), report(1)]
    arrivals = [Arrival("hall", 5, message) for message in sent]
    assert store.commit(arrivals) == 4
    assert store.commit(arrivals) == 0
    other = msgspec.structs.replace(command_sent(1), payload=b"{}")
    assert store.commit([Arrival("hall", 6, other)]) == 0, "the first delivery stands"
    assert bytes(read_events(store)[0].payload) == b'{"a":1}'


def test_many_unknown_messages_at_once(store: Store) -> None:
    arrivals = [Arrival("hall", 5, command_sent(seq)) for seq in range(2500)]
    assert store.commit(arrivals) == 2500
    assert store.commit(arrivals) == 0


def test_events_are_picked_by_kind_and_motor(store: Store) -> None:
    store.add(BATCH)
    assert [e.offset for e in read_events(store, kinds=["alarm"])] == [3, 5]
    assert [e.offset for e in read_events(store, motor_id="fan-1")] == [7]
    assert [e.offset for e in read_events(store, 2, 3)] == [3, 4, 5]
    assert [e.offset for e in latest_events(store, 2, kinds=["report", "diagnosis"])] == [6, 7]
    assert [e.offset for e in every_event(store, 2, 5, motor_id="pump-1")] == [3, 4, 5]
    assert read_events(store, 7) == []


def test_a_long_log_is_read_page_by_page(store: Store) -> None:
    for start in range(0, 2500, 500):
        store.add([report(seq) for seq in range(start, start + 500)])
    assert [event.seq for event in every_event(store)] == list(range(2500))


def test_time_finds_the_place_even_where_clocks_jumped(store: Store) -> None:
    for seq, received_ns in enumerate([10, 20, 5, 30]):
        store.commit([Arrival("hall", received_ns, report(seq))])
    assert [offset_before(store, at) for at in (0, 10, 11, 21, 31)] == [0, 0, 1, 3, 4]


def test_tail_waits_for_more_and_misses_nothing(store: Store) -> None:
    store.add(BATCH[:2])
    waits: list[float] = []

    def sleep(for_s: float) -> None:
        store.add(BATCH[2 + 2 * len(waits) : 4 + 2 * len(waits)])
        waits.append(for_s)

    following = tail(store, 0, sleep=sleep)
    assert [said(next(following)) for _ in BATCH[:6]] == BATCH[:6]
    assert waits == [0.5, 0.5]


def test_writers_side_by_side_leave_no_gap(store: Store, url: str) -> None:
    def write(motor_id: str) -> None:
        with open_store(url) as own:
            for seq in range(20):
                own.add([report(seq, motor_id=motor_id), report(seq, motor_id="shared")])

    writers = [threading.Thread(target=write, args=[f"motor-{i}"]) for i in range(4)]
    for each in writers:
        each.start()
    seen: list[int] = []
    while any(each.is_alive() for each in writers):
        seen += [event.offset for event in read_events(store, seen[-1] if seen else 0)]
    for each in writers:
        each.join()
    seen += [event.offset for event in read_events(store, seen[-1] if seen else 0)]
    assert seen == list(range(1, 4 * 20 + 20 + 1)), (
        "a reader that goes on after the last misses none"
    )


def test_a_replay_through_the_bus_gives_the_same_store(store: Store, tmp_path: Path) -> None:
    store.add(BATCH)
    bus = InProcessBus()
    heard: list[Message] = []
    bus.subscribe("#", lambda where, payload: heard.append(decode(where, payload)))
    assert republish(every_event(store), bus) == 7
    assert heard == BATCH


def test_a_missing_report_is_named_with_its_offset(store: Store, url: str) -> None:
    store.add(BATCH)
    engine = make_engine(url)
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM reports WHERE seq = 2"))
    engine.dispose()
    with pytest.raises(StoreError, match="event 4 refers to a report"):
        read_events(store)


def test_a_store_from_before_the_log_gets_one(url: str) -> None:
    engine = make_engine(url)
    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        _fill_old(connection)
    engine.dispose()
    with open_store(url) as store:
        found = read_events(store)
        assert [(e.offset, e.kind, e.seq, e.step) for e in found] == [
            (1, "report", 0, 0),
            (2, "report", 1, 0),
            (3, "diagnosis", 1, 0),
            (4, "report", 5, 0),
            (5, "alarm", 1, 0),
            (6, "alarm", 1, 1),
        ]
        assert said(found[4]).closed_ns is None and said(found[5]).closed_ns == 9  # type: ignore[union-attr]
        (boot,) = boot_gaps(store)
        assert (boot.stored, boot.unexplained) == (3, ((2, 4),))
        assert store.add([report(2)]) == 1
        assert last_offset(store) == 7


def _fill_old(connection: object) -> None:
    run = connection.execute  # type: ignore[attr-defined]
    run(text("INSERT INTO motors (motor_id) VALUES ('pump-1')"))
    for seq in (5, 0, 1):
        run(
            text(
                "INSERT INTO reports (motor_id, boot_id, seq, t0_ns, t1_ns, clock, spec_id, "
                "motor_hash, features, state, sensor_status, escalate) VALUES ('pump-1', 'boot-1', "
                f"{seq}, {seq}, {seq}, 'utc', 's', 'm', :f, 'normal', 'normal', :no)"
            ),
            {"f": b"", "no": False},
        )
    run(
        text(
            "INSERT INTO diagnoses (motor_id, boot_id, seq, t0_ns, t1_ns, backend, latency_ms, "
            "audit) VALUES ('pump-1', 'boot-1', 1, 1, 1, 'cpu', 1.0, '[]')"
        )
    )
    run(
        text(
            "INSERT INTO alarms (motor_id, boot_id, seq, state, opened_ns, closed_ns, peak, "
            "reasons) VALUES ('pump-1', 'boot-1', 1, 'alert', 1, 9, 0.5, '[\"why\"]')"
        )
    )


# The command.


def run(*words: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(app, ["events", *words, "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def plant(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/plant.db"
    with open_store(url) as store:
        hour = 3_600_000_000_000
        store.commit([Arrival("hall", i * hour, message) for i, message in enumerate(BATCH)])
    return url


def test_tail_shows_the_latest(plant: str) -> None:
    assert [line["offset"] for line in run("tail", "--store", plant, "-n", "2")] == [6, 7]
    shown = CliRunner().invoke(app, ["events", "tail", "--store", plant, "--kind", "alarm"])
    assert shown.stdout.splitlines()[0].startswith(
        "        3 1970-01-01 02:00:00 motorwatch/v1/hall"
    )


def test_show_prints_one_whole(plant: str) -> None:
    shown = CliRunner().invoke(app, ["events", "show", "3", "--store", plant])
    assert json.loads(shown.stdout)["payload"]["opened_ns"] == 1_000_000_000
    assert CliRunner().invoke(app, ["events", "show", "8", "--store", plant]).exit_code != 0


@pytest.mark.parametrize(
    ("bounds", "offsets"),
    [
        (["--from", "3", "--to", "5"], [3, 4, 5]),
        (["--from", "1970-01-01T02:00"], [3, 4, 5, 6, 7]),
        (["--to", "1970-01-01T03:00+01:00"], [1, 2, 3]),
        (["--from", "6", "--motor-id", "pump-1"], [6]),
    ],
)
def test_replay_prints_between_offsets_or_times(
    plant: str, bounds: list[str], offsets: list[int]
) -> None:
    assert [line["offset"] for line in run("replay", "--store", plant, *bounds)] == offsets


def test_replay_into_another_store_makes_it_the_same(plant: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    assert run("replay", "--store", plant, "--into", other)[0]["stored"] == 7
    assert run("replay", "--store", plant, "--into", other)[0]["stored"] == 0
    with open_store(other) as copy:
        assert [said(event) for event in read_events(copy)] == BATCH


def test_a_place_that_is_neither_offset_nor_time_is_named(plant: str) -> None:
    result = CliRunner().invoke(app, ["events", "replay", "--store", plant, "--from", "yesterday"])
    assert "neither an offset nor a time" in str(result.exception)
