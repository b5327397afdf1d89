"""Old reports become hours, old rows go, and what somebody needs stays, whenever it is stopped."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from itertools import permutations
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_messages import OUTER_RACE, SECOND, alarm, diagnosis, report
from sqlalchemy import select
from typer.testing import CliRunner

from app.alarms.event import AlarmEvent
from app.cli.main import app
from app.messages import Report
from app.store import Arrival, LogOnly, Store, open_store
from app.store.aggregate import HOUR_NS, aggregate, merge
from app.store.connection import reading
from app.store.event_log import every_event
from app.store.gaps import boot_gaps
from app.store.holds import hold, let_go
from app.store.info import store_info
from app.store.keeping_schema import hourly
from app.store.retention import Pruned, prune
from app.store.retention_policy import DAY_NS, Retention, load_retention
from app.store.rows import Row, report_row
from sensors.errors import BadConfig

NOW_NS = 1_800_000_000 * SECOND
POLICY = Retention(reports_days=10, diagnoses_days=20, alarms_days=30, others_days=15)


def put(store: Store, age_days: float, *messages: object) -> None:
    received_ns = round(NOW_NS - age_days * DAY_NS)
    store.commit([Arrival("hall", received_ns, each) for each in messages])  # type: ignore[arg-type]


def hours(store: Store) -> list[Row]:
    with reading(store.engine) as connection:
        return [dict(row._mapping) for row in connection.execute(select(hourly))]


def at(seq: int, t0_ns: int, **changes: object) -> Report:
    return report(seq, t0_ns=t0_ns, t1_ns=t0_ns + SECOND, **changes)


def told(store: Store) -> list[tuple[str, int, int]]:
    return [(event.kind, event.seq, event.step) for event in every_event(store)]


def state(kind: str, seq: int) -> LogOnly:
    return LogOnly(kind=kind, motor_id="pump-1", boot_id="boot-1", seq=seq, payload=b"{}")


# Hours.


VALUES = st.lists(st.none() | st.floats(-1e6, 1e6, width=32), min_size=3, max_size=3)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(VALUES, min_size=1, max_size=12), cut=st.integers(0, 12))
def test_hours_in_pieces_are_the_hour_whole(rows: list[list[float | None]], cut: int) -> None:
    made = [report_row(report(i, t0_ns=5, t1_ns=6, values=tuple(v))) for i, v in enumerate(rows)]
    parts = [part for part in (made[:cut], made[cut:]) if part]
    whole = aggregate(made)
    pieces = aggregate(parts[0]) if len(parts) == 1 else merge(*map(aggregate, parts))
    for name in ("reports", "counts", "lows", "highs", "scored", "probability_low"):
        assert pieces[name] == whole[name]
    means = [np.frombuffer(each["means"], "<f4") for each in (pieces, whole)]
    np.testing.assert_allclose(means[0], means[1], rtol=1e-5, atol=0.2)
    assert pieces["probability_mean"] == pytest.approx(whole["probability_mean"])
    oracle = np.array([[np.nan if x is None else x for x in v] for v in rows])
    assert np.frombuffer(whole["counts"], "<u4").tolist() == (~np.isnan(oracle)).sum(0).tolist()
    for column in range(3):
        known = oracle[~np.isnan(oracle[:, column]), column]
        if known.size:
            np.testing.assert_allclose(
                np.frombuffer(whole["means"], "<f4")[column], known.mean(), rtol=1e-5, atol=0.2
            )
            assert np.frombuffer(whole["lows"], "<f4")[column] == np.float32(known.min())


def test_old_reports_become_hours(store: Store) -> None:
    base = 500_000 * HOUR_NS
    old = [at(i, base + i * 1200 * SECOND, probability=None if i == 3 else 0.2) for i in range(7)]
    put(store, 11, *old)
    put(store, 9, at(100, base))
    assert prune(store, POLICY, NOW_NS) == Pruned(reports=7)
    assert [each.seq for each in store.reports("pump-1")] == [100]
    assert told(store) == [("report", 100, 0)]
    made = sorted(hours(store), key=lambda row: row["hour_ns"])
    assert [row["hour_ns"] for row in made] == [base, base + HOUR_NS, base + 2 * HOUR_NS]
    assert [(row["reports"], row["scored"]) for row in made] == [(3, 3), (3, 2), (1, 1)]
    values = np.array([each.values[:5] for each in old[:3]], np.float32)
    got = np.frombuffer(made[0]["means"], "<f4")
    np.testing.assert_allclose(got[:5], values.mean(axis=0), rtol=1e-5)
    assert np.isnan(got[5])
    assert np.frombuffer(made[0]["highs"], "<f4")[:5].tolist() == values.max(axis=0).tolist()
    assert boot_gaps(store)[0].unexplained == ((7, 99),), "what was deleted is not missing"


def test_a_late_report_joins_its_hour_and_a_second_run_does_nothing(store: Store) -> None:
    base = 500_000 * HOUR_NS
    put(store, 12, at(1, base))
    prune(store, POLICY, NOW_NS)
    put(store, 11, at(2, base + SECOND))
    assert prune(store, POLICY, NOW_NS).reports == 1
    assert prune(store, POLICY, NOW_NS) == Pruned()
    assert [row["reports"] for row in hours(store)] == [2]


def test_other_features_of_the_same_name_do_not_break_an_hour(store: Store) -> None:
    base = 500_000 * HOUR_NS
    put(store, 12, at(1, base), at(2, base, values=(1.0,)), at(3, base, values=()))
    assert prune(store, POLICY, NOW_NS).reports == 3
    put(store, 11, at(4, base, values=(2.0,)))
    prune(store, POLICY, NOW_NS)
    assert [row["reports"] for row in hours(store)] == [4]


def test_each_kind_has_its_own_days(store: Store) -> None:
    put(store, 40, report(1), diagnosis(1, OUTER_RACE), alarm(1), alarm(1, 2))
    put(store, 25, report(2), diagnosis(2, OUTER_RACE), alarm(2), alarm(2, 3), state("state", 2))
    put(store, 16, diagnosis(3), state("state", 3), state("alarm/event", 3))
    put(store, 12, report(4), state("cmd", 4))
    dry = prune(store, POLICY, NOW_NS, dry_run=True)
    assert len(told(store)) == 14
    assert dry == Pruned(reports=3, diagnoses=2, alarms=1, others=2)
    assert prune(store, POLICY, NOW_NS) == dry
    assert told(store) == [
        ("alarm", 2, 0),
        ("alarm", 2, 1),
        ("diagnosis", 3, 0),
        ("alarm/event", 3, 0),
        ("cmd", 4, 0),
    ]
    assert [each.seq for each in store.diagnoses("pump-1")] == [3]
    assert [each.seq for each in store.alarms("pump-1")] == [2]
    assert store.integrity_check() == ()


def test_what_belongs_to_an_open_alarm_stays(store: Store) -> None:
    hour = 3600
    put(store, 5000, alarm(2 * hour), state("alarm/event", 1))
    put(store, 5000, *[report(seq) for seq in (0, hour - 2, hour - 1, 2 * hour, 9 * hour)])
    put(store, 5000, diagnosis(9 * hour, OUTER_RACE), report(9 * hour, motor_id="fan-1"))
    assert prune(store, POLICY, NOW_NS).reports == 3
    assert [each.seq for each in store.reports("pump-1")] == [hour - 1, 2 * hour, 9 * hour]
    assert len(list(store.diagnoses("pump-1"))) == 1
    assert len(list(store.alarms("pump-1"))) == 1
    put(store, 5000, alarm(2 * hour, 10 * hour))
    assert prune(store, POLICY, NOW_NS) == Pruned(reports=3, diagnoses=1, alarms=1, others=1)
    assert told(store) == []


def test_what_belongs_to_a_verdict_stays_until_it_is_let_go(store: Store) -> None:
    put(store, 40, *[report(seq) for seq in range(10)], diagnosis(5), alarm(5), alarm(5, 6))
    hold(store, "verdict-1", "pump-1", 4 * SECOND, 6 * SECOND, "verdict: outer race")
    hold(store, "verdict-1", "pump-1", 0, 0, "the first stands")
    assert prune(store, POLICY, NOW_NS) == Pruned(reports=6)
    assert [each.seq for each in store.reports("pump-1")] == [3, 4, 5, 6]
    let_go(store, "verdict-1")
    assert prune(store, POLICY, NOW_NS) == Pruned(reports=4, diagnoses=1, alarms=1)


def board(seq: int, event: str, state: str, at_s: int, alarm_id: str = "a1") -> AlarmEvent:
    return AlarmEvent(
        motor_id="pump-1",
        boot_id="gate-1",
        seq=seq,
        at_ns=at_s * SECOND,
        event=event,  # type: ignore[arg-type]
        alarm_id=alarm_id,
        state=state,  # type: ignore[arg-type]
        since_ns=5000 * SECOND,
    )


LIFE = [
    board(1, "raised", "unacknowledged_active", 5000),
    board(2, "cleared", "returned_unacknowledged", 5010),
    board(3, "acknowledged", "normal", 5020),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_alarm_of_the_gateway_holds_while_it_is_open(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    with open_store(f"sqlite:///{tmp_path}/x.db") as store:
        put(store, 40, *[report(seq) for seq in (1398, 1400, 5005, 9000)])
        told_of: set[int] = set()
        for i in order:
            put(store, 40, LIFE[i])
            told_of.add(i)
            done = prune(store, POLICY, NOW_NS, dry_run=True)
            latest = max(told_of)
            assert done.reports == (4 if latest == 2 else 1), told_of
            assert done.others == (len(told_of) if latest == 2 else 0)


def test_an_alarm_raised_again_and_a_verdict_hold(store: Store) -> None:
    put(store, 40, *[report(seq) for seq in (1398, 1400, 5005, 9000)], *LIFE)
    put(store, 40, board(4, "raised_again", "unacknowledged_active", 8000))
    assert prune(store, POLICY, NOW_NS, dry_run=True).reports == 1
    put(store, 40, board(5, "verdict", "acknowledged_active", 8100))
    put(store, 40, board(6, "cleared", "normal", 8200))
    assert prune(store, POLICY, NOW_NS).reports == 2
    assert [each.seq for each in store.reports("pump-1")] == [1400, 5005]


def test_longest_names_of_alarms_fit(store: Store) -> None:
    first = board(1, "verdict", "acknowledged_active", 1, alarm_id="a" * 128)
    put(store, 1, msgspec.structs.replace(first, since_ns=-(2**63)))
    assert prune(store, POLICY, NOW_NS) == Pruned()


def test_extreme_times_are_no_trap(store: Store) -> None:
    put(
        store,
        40,
        report(1, t0_ns=-(2**63), t1_ns=2**63 - 1),
        report(2, t0_ns=2**63 - 2, t1_ns=2**63 - 1),
    )
    opened = msgspec.structs.replace(alarm(1), opened_ns=-(2**63), motor_id="fan-1")
    put(store, 40, opened, report(3, motor_id="fan-1"))
    assert prune(store, POLICY, NOW_NS).reports == 2
    assert [each.seq for each in store.reports("fan-1")] == [3]


def test_old_hours_go_and_those_of_no_known_time_stay(store: Store) -> None:
    put(store, 40, at(1, NOW_NS - 800 * DAY_NS), at(2, NOW_NS - 700 * DAY_NS), at(3, 5))
    assert prune(store, POLICY, NOW_NS) == Pruned(reports=3, hours=1)
    assert len(hours(store)) == 2


def test_an_offset_is_never_used_again(store: Store) -> None:
    put(store, 40, report(1), report(2))
    prune(store, POLICY, NOW_NS)
    put(store, 1, report(3))
    assert [event.offset for event in every_event(store)] == [3]


def test_others_write_meanwhile(store: Store, url: str) -> None:
    for start in range(0, 5000, 500):
        put(store, 11, *[report(seq) for seq in range(start, start + 500)])
    failed: list[BaseException] = []

    def write() -> None:
        try:
            with open_store(url) as own:
                for seq in range(10_000, 10_040):
                    own.add([report(seq)])
        except BaseException as error:
            failed.append(error)
            raise

    writer = threading.Thread(target=write)
    writer.start()
    done = prune(store, POLICY, NOW_NS)
    writer.join()
    assert (done.reports, failed) == (5000, [])
    assert [each.seq for each in store.reports("pump-1")] == list(range(10_000, 10_040))
    assert sum(row["reports"] for row in hours(store)) == 5000


PRUNER = """
import sys
sys.path.insert(0, sys.argv[2])
from test_retention import NOW_NS, POLICY
from app.store import open_store, retention
retention.PIECE = 50
with open_store(sys.argv[1]) as store:
    print("ready", flush=True)
    retention.prune(store, POLICY, NOW_NS)
"""


def test_a_kill_at_any_moment_counts_no_report_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    with open_store(url) as store:
        for start in range(0, 4000, 500):
            put(store, 11, *[report(seq) for seq in range(start, start + 500)])
    interrupted = 0
    for seed in range(4):
        words = [sys.executable, "-c", PRUNER, url, str(Path(__file__).parent)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as pruner:
            assert pruner.stdout is not None
            pruner.stdout.readline()
            time.sleep(random.Random(seed).uniform(0.02, 0.3))
            pruner.send_signal(signal.SIGKILL)
        with open_store(url) as store:
            left = sum(1 for _ in store.reports("pump-1"))
            assert store.integrity_check() == ()
            assert len(told(store)) == left
            assert sum(row["reports"] for row in hours(store)) == 4000 - left
            interrupted += 0 < left < 4000
    assert interrupted, "no kill met a run half way"
    with open_store(url) as store:
        prune(store, POLICY, NOW_NS)
        assert sum(row["reports"] for row in hours(store)) == 4000


# Policy and command.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reports_days = -1.0", "reports_days"),
        ("weeks = 1", "weeks.*the keys are"),
        ("hourly_days = 5.0", "less than reports_days"),
        ("reports_days =", "not valid TOML"),
    ],
)
def test_a_bad_policy_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "retention.toml"
    path.write_text(text)
    with pytest.raises(BadConfig, match=rf"retention\.toml: .*{said}"):
        load_retention(path)


def test_the_command_prunes_and_info_tells(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    policy = tmp_path / "retention.toml"
    policy.write_text("reports_days = 1.0\n")
    with open_store(url) as store:
        now_ns = time.time_ns()
        store.commit([Arrival("hall", now_ns - 2 * DAY_NS, report(seq)) for seq in range(5)])
        store.add([report(5)])
    words = ["store", "prune", "--store", url, "--policy", str(policy), "--json"]
    assert json.loads(CliRunner().invoke(app, [*words, "--dry-run"]).stdout)["reports"] == 5
    assert json.loads(CliRunner().invoke(app, words).stdout)["reports"] == 5
    assert json.loads(CliRunner().invoke(app, words).stdout)["reports"] == 0
    told = json.loads(CliRunner().invoke(app, ["store", "info", "--store", url, "--json"]).stdout)
    assert (told["rows"]["reports"], told["rows"]["hourly"], told["rows"]["acts"]) == (1, 1, 0)
    assert (told["first_offset"], told["last_offset"], told["problems"]) == (6, 6, [])
    assert told["size_bytes"] > 0
    shown = CliRunner().invoke(app, ["store", "info", "--store", url])
    assert "integrity: sound" in shown.stdout and "events 6 to 6" in shown.stdout


def test_info_of_any_database(store: Store) -> None:
    assert store_info(store).last_offset is None
    store.add([report(1)])
    assert store_info(store).rows["reports"] == 1
