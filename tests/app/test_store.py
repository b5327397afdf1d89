import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sample_messages import OUTER_RACE, SECOND, UNBALANCE, alarm, diagnosis, report
from sqlalchemy import text

from app.store import Run, Store, open_store
from app.store.connection import make_engine, reading, writing
from app.store.schema import HEAD, VERSION_TABLE, metadata
from app.store.upgrade import MIGRATIONS
from sensors.conditions import Condition
from sensors.errors import BadConfig, MissingDependency, StoreError
from sensors.motor import Motor, Nameplate

POSTGRES_URL = os.environ.get("MOTORWATCH_POSTGRES_URL")
RUN = Run(
    run_id="run-1",
    motor_id="pump-1",
    boot_id="boot-1",
    source="recordings/pump.mat",
    source_hash="abc",
    spec_id="spec-1",
    started_ns=5,
)


def test_the_tests_of_this_file_run_on_postgresql_too(store: Store) -> None:
    if POSTGRES_URL is None:
        pytest.skip("needs PostgreSQL: set MOTORWATCH_POSTGRES_URL to an empty database")
    assert store.integrity_check() == ()


# What goes in comes out.


def test_every_message_comes_out_as_it_went_in(store: Store) -> None:
    sent = [report(1), report(2, state="stopped", probability=None, release_id=None)]
    diagnosed = [
        diagnosis(1, OUTER_RACE, UNBALANCE),
        diagnosis(2),
        diagnosis(3, abstained="speed unknown"),
    ]
    assert store.add([*diagnosed, alarm(2), *sent]) == 6
    assert list(store.reports("pump-1")) == sent
    assert list(store.diagnoses("pump-1")) == diagnosed
    assert list(store.alarms("pump-1")) == [alarm(2)]
    assert list(store.findings("pump-1")) == [(SECOND, OUTER_RACE), (SECOND, UNBALANCE)]


def test_redelivery_is_harmless(store: Store) -> None:
    batch = [report(seq) for seq in range(10)] + [diagnosis(3, OUTER_RACE), alarm(3)]
    assert store.add(batch) == 12
    assert store.add(batch) == 0
    assert store.add([*batch[5:], report(10), report(10)]) == 1
    assert len(list(store.reports("pump-1"))) == 11
    assert list(store.diagnoses("pump-1")) == [diagnosis(3, OUTER_RACE)]


def test_the_first_delivery_stands_whole(store: Store) -> None:
    store.add([diagnosis(1, UNBALANCE), report(1)])
    assert store.add([diagnosis(1, OUTER_RACE, UNBALANCE), report(1, state="danger")]) == 0
    assert list(store.diagnoses("pump-1")) == [diagnosis(1, UNBALANCE)]
    assert [each.state for each in store.reports("pump-1")] == ["normal"]


def test_identity_is_motor_boot_and_sequence_together(store: Store) -> None:
    batch = [report(1), report(1, boot_id="boot-2"), report(1, motor_id="fan-1"), report(2)]
    assert store.add(batch) == 4
    assert [each.boot_id for each in store.reports("pump-1", 0, 2 * SECOND)] == ["boot-1", "boot-2"]


@pytest.mark.parametrize("order", [[alarm(3), alarm(3, 9, 0.97)], [alarm(3, 9, 0.97), alarm(3)]])
@pytest.mark.parametrize("together", [True, False])
def test_an_alarm_closes_once_whatever_order_it_comes_in(
    store: Store, order: list, together: bool
) -> None:
    batches = [order] if together else [[each] for each in order]
    assert sum(store.add(batch) for batch in batches) == 2, "opening and closing"
    store.add([alarm(3, 12, 0.5)])
    assert list(store.alarms("pump-1")) == [alarm(3, 9, 0.97)]


def test_an_empty_batch_is_nothing(store: Store) -> None:
    assert store.add([]) == 0


def test_reports_come_by_their_own_time_within_half_open_bounds(store: Store) -> None:
    batch = [report(seq) for seq in range(2500)]
    shuffled = random.Random(4).sample(batch, len(batch))
    for start in range(0, len(shuffled), 700):
        store.add(shuffled[start : start + 700])
    assert list(store.reports("pump-1")) == batch
    assert list(store.reports("pump-1", 10 * SECOND, 12 * SECOND)) == batch[10:12]
    assert list(store.reports("pump-1", to_ns=SECOND)) == batch[:1]
    assert list(store.reports("pump-1", from_ns=2499 * SECOND)) == batch[2499:]
    assert list(store.reports("nobody")) == []


def test_a_slow_reader_sees_one_moment_while_others_write(store: Store) -> None:
    store.add([report(seq) for seq in range(1500)])
    rows = store.reports("pump-1")
    first = next(rows)
    store.add([report(seq) for seq in range(1500, 1600)])
    assert 1 + sum(1 for _ in rows) == 1500
    assert first == report(0)
    assert sum(1 for _ in store.reports("pump-1")) == 1600


def test_a_reader_that_stops_half_way_leaves_quietly(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.add([diagnosis(seq, OUTER_RACE, UNBALANCE) for seq in range(1200)])

    def first() -> float:
        for message in store.diagnoses("pump-1"):
            return 1 / message.seq
        return 0.0

    with pytest.raises(ZeroDivisionError) as caught:
        first()
    store.close()
    del caught
    assert caplog.records == []


def test_latest_state_goes_by_the_windows_time(store: Store) -> None:
    assert store.latest_state("pump-1") is None
    store.add([report(7, state="alert")])
    store.add([report(3), report(8, motor_id="fan-1")])
    latest = store.latest_state("pump-1")
    assert latest is not None
    assert (latest.seq, latest.state) == (7, "alert")


def test_extreme_values_survive(store: Store) -> None:
    sent = report(
        2**63 - 1,
        t0_ns=-(2**63),
        t1_ns=2**63 - 1,
        values=(3.4028234663852886e38, 1.401298464324817e-45, None, -0.0),
        load=5e-324,
        logit=-1.7976931348623157e308,
        motor_id="größe 'x\"; DROP TABLE reports; --" + "ß" * 80,
    )
    store.add([sent])
    assert list(store.reports(sent.motor_id)) == [sent]


# Runs.


def test_a_run_is_summed_up(store: Store) -> None:
    store.add_motor(Motor(motor_id="pump-1", nameplate=Nameplate(poles=4)))
    store.begin_run(RUN)
    store.add([report(seq, state="alert" if seq > 7 else "normal") for seq in range(10)])
    store.add([diagnosis(9, OUTER_RACE, UNBALANCE), diagnosis(8, OUTER_RACE), alarm(8)])
    store.add([report(0, boot_id="another run"[:7]), report(0, motor_id="fan-1")])
    store.end_run("run-1", "finished", 9)
    summary = store.run_summary("run-1")
    assert summary.run == msgspec.structs.replace(RUN, state="finished", ended_ns=9)
    assert (summary.reports, summary.diagnoses, summary.alarms) == (10, 2, 1)
    assert summary.states == {"alert": 2, "normal": 8}
    assert summary.conditions == {
        Condition.BEARING_OUTER_RACE.value: 2,
        Condition.UNBALANCE.value: 1,
    }
    assert (summary.t0_ns, summary.t1_ns) == (0, 10 * SECOND)
    assert list(store.runs()) == [summary.run]


def test_a_run_without_reports_is_empty(store: Store) -> None:
    store.begin_run(RUN)
    summary = store.run_summary("run-1")
    assert (summary.run, summary.reports, summary.t0_ns, summary.states) == (RUN, 0, None, {})


def test_a_source_whose_name_is_not_unicode_is_kept_readable(store: Store) -> None:
    store.begin_run(msgspec.structs.replace(RUN, source=os.fsdecode(b"caf\xe9.mat")))
    assert store.run_summary("run-1").run.source == "caf\\udce9.mat"


def test_unknown_runs_and_repeated_ones_are_refused(store: Store) -> None:
    store.begin_run(RUN)
    with pytest.raises(StoreError, match="already"):
        store.begin_run(RUN)
    with pytest.raises(StoreError, match="run-9"):
        store.end_run("run-9", "finished", 1)
    with pytest.raises(StoreError, match="run-9"):
        store.run_summary("run-9")


def test_a_motor_is_known_by_its_latest_description(store: Store, url: str) -> None:
    store.add([report(1)])
    for poles in (2, 4):
        store.add_motor(Motor(motor_id="pump-1", nameplate=Nameplate(poles=poles)))
    engine = make_engine(url)
    with reading(engine) as connection:
        rows = connection.execute(metadata.tables["motors"].select()).all()
    engine.dispose()
    assert [(row.motor_id, row.motor["nameplate"]["poles"]) for row in rows] == [("pump-1", 4)]


# Schema and its versions.


def test_migrations_lead_to_the_declared_tables(store: Store, url: str) -> None:
    engine = make_engine(url)
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, metadata)
        assert context.get_current_revision() == f"{HEAD:04d}"
    engine.dispose()
    assert differences == []


def test_a_store_of_the_first_version_keeps_its_diagnoses(url: str) -> None:
    engine = make_engine(url)
    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO motors (motor_id) VALUES ('pump-1')"))
        connection.execute(
            text(
                "INSERT INTO diagnoses (motor_id, boot_id, seq, t0_ns, t1_ns, backend, latency_ms, "
                "audit) VALUES ('pump-1', 'boot-1', 0, 0, 1, 'cpu', 1.0, '[]')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO findings (motor_id, boot_id, seq, rank, condition, confidence, "
                "evidence) VALUES ('pump-1', 'boot-1', 0, 0, 'unbalance', '\"low\"', '[]')"
            )
        )
    engine.dispose()
    with open_store(url) as store:
        (old,) = store.diagnoses("pump-1")
    assert old.diagnosis.findings[0].condition is Condition.UNBALANCE
    assert old.diagnosis.senses == () and old.diagnosis.findings[0].alternatives == ()


def test_head_is_the_last_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [f"{HEAD:04d}"]


def test_opening_again_keeps_everything(url: str) -> None:
    for seq in range(3):
        with open_store(url) as store:
            assert store.add([report(seq)]) == 1
    with open_store(url) as store:
        assert len(list(store.reports("pump-1"))) == 3


def set_version(url: str, version: str) -> None:
    engine = make_engine(url)
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{version}'"))
    engine.dispose()


def test_a_newer_schema_is_refused_with_both_versions_and_the_remedy(url: str) -> None:
    open_store(url).close()
    set_version(url, "0042")
    with pytest.raises(StoreError, match=rf"version 42 is newer than {HEAD}.*update motorwatch"):
        open_store(url)


def test_another_programs_database_is_left_alone(url: str) -> None:
    engine = make_engine(url)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE cookies (name TEXT)"))
    try:
        with pytest.raises(StoreError, match=r"something else.*cookies"):
            open_store(url)
        with reading(engine) as connection:
            assert connection.execute(text("SELECT COUNT(*) FROM cookies")).scalar_one() == 0
    finally:
        with writing(engine) as connection:
            connection.execute(text("DROP TABLE cookies"))
        engine.dispose()


def test_a_foreign_version_name_is_refused(url: str) -> None:
    open_store(url).close()
    set_version(url, "ae1027a6acf")
    with pytest.raises(StoreError, match="something else"):
        open_store(url)


# SQLite as it must be set for acknowledgements to hold.


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_sqlite_is_durable_and_strict(tmp_path: Path, pragma: str, value: object) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/x.db")
    with reading(engine) as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value
    engine.dispose()


def test_busy_timeout_can_be_set_in_the_url(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/x.db?timeout=60")
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 60_000
    engine.dispose()


def test_features_take_four_bytes_each(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/x.db") as store:
        store.add([report(1)])
    connection = sqlite3.connect(tmp_path / "x.db")
    assert connection.execute("SELECT length(features) FROM reports").fetchall() == [(6 * 4,)]
    connection.close()


def test_processes_that_open_a_new_store_together_agree(tmp_path: Path) -> None:
    code = "import sys; from app.store import open_store; open_store(sys.argv[1]).close()"
    url = f"sqlite:///{tmp_path}/new.db"
    openers = [
        subprocess.Popen([sys.executable, "-c", code, url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    outcomes = [(opener.communicate(timeout=120)[1], opener.returncode) for opener in openers]
    assert outcomes == [("", 0)] * 4


# URLs.


@pytest.mark.parametrize(
    "bad", ["", "motorwatch.db", "sqlite://", "sqlite:///:memory:", "mysql://h/d", "x://y", "a b"]
)
def test_a_url_of_no_known_database_is_refused_with_examples(bad: str) -> None:
    with pytest.raises(BadConfig, match=r"sqlite:///relative/path\.db"):
        open_store(bad)


def test_postgresql_without_its_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDependency, match=r"motorwatch\[postgres\]") as caught:
        open_store("postgresql://user:secret@nowhere/db")
    assert "secret" not in str(caught.value)


def test_commands_without_a_store_load_no_sqlalchemy() -> None:
    code = (
        "import sys, app.messages, app.config, app.bus.in_process, app.packing, app.identity; "
        "sys.exit('sqlalchemy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_open_store_that_is_up_to_date_needs_no_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    open_store(url).close()
    code = (
        "import sys; from app.store import open_store; open_store(sys.argv[1]).close(); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 0
