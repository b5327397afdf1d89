"""A writer that is killed at a random moment loses nothing that it had acknowledged."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sample_messages import report

from app.messages import Report
from app.store import Run, open_store
from app.store.event_log import every_event
from app.store.gaps import boot_gaps
from sensors.errors import StoreError

WRITER = r"""
import signal, sys
# Background jobs of a shell, and their children, ignore the interrupt unless told otherwise.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, sys.argv[2])
from sample_messages import OUTER_RACE, diagnosis, report
from app.bus.in_process import InProcessBus
from app.messages import decode, encode
from app.roles.platform import Platform
from app.store import Run, open_store
from app.topics import pattern, topic

bus = InProcessBus()
def on_ack(where, payload):
    for first, last in decode(where, payload).ranges:
        print(*range(first, last + 1), sep="\n")

bus.subscribe(pattern("ack"), on_ack)
with open_store(sys.argv[1]) as store:
    run = Run(run_id="r", motor_id="pump-1", boot_id="boot-1", source="s", source_hash="h",
              spec_id="spec-1", started_ns=0)
    try:
        store.begin_run(run)
        platform = Platform(bus, store, batch=20)
        print("ready", flush=True)
        for seq in range(1_000_000):
            bus.publish(topic("hall", "pump-1", "report"), encode(report(seq)))
            bus.publish(topic("hall", "pump-1", "diagnosis"), encode(diagnosis(seq, OUTER_RACE)))
            sys.stdout.flush()
    except KeyboardInterrupt:
        store.end_run("r", "interrupted", 1)
        sys.exit(130)
"""


RUN = Run(
    run_id="r",
    motor_id="pump-1",
    boot_id="b",
    source="s",
    source_hash="h",
    spec_id="s",
    started_ns=0,
)


def write_until(url: str, sign: signal.Signals, count: int) -> tuple[list[int], int, str]:
    """Stop the writer after so many acknowledgements; return all of them, exit and errors."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        out = "".join(writer.stdout.readline() for _ in range(count))
        writer.send_signal(sign)
        rest, err = writer.communicate(timeout=60)
    out += rest
    # The line being written when the signal came may be cut short.
    whole = out[: out.rfind("\n") + 1]
    return [int(line) for line in whole.split()], writer.returncode, err


def acknowledged_and_stored(url: str, acks: list[int]) -> list[Report]:
    with open_store(url) as store:
        assert store.integrity_check() == ()
        stored = list(store.reports("pump-1"))
        diagnosed = list(store.diagnoses("pump-1"))
        logged = [(event.offset, event.kind) for event in every_event(store)]
        gaps = boot_gaps(store)
    known = Counter(each.seq for each in stored) + Counter(each.seq for each in diagnosed)
    assert acks
    assert known >= Counter(acks), "an acknowledgement for each, and each is there"
    assert all(len(each.diagnosis.findings) == 1 for each in diagnosed), "never half a diagnosis"
    assert [offset for offset, _ in logged] == list(range(1, len(logged) + 1))
    assert Counter(kind for _, kind in logged) == {
        "report": len(stored),
        "diagnosis": len(diagnosed),
    }
    assert [(boot.stored, boot.unexplained) for boot in gaps] == [(len(stored), ())]
    # Whole batches only: ten reports and ten diagnoses to each.
    assert len(stored) == len(diagnosed)
    assert len(stored) % 10 == 0
    return stored


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path, seed: int) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    acks, code, _ = write_until(url, signal.SIGKILL, random.Random(seed).randint(1, 3000))
    assert code == -signal.SIGKILL
    stored = acknowledged_and_stored(url, acks)
    with open_store(url) as store:
        assert store.run_summary("r").run.state == "running"
        assert store.run_summary("r").reports == len(stored)


@pytest.mark.parametrize("seed", range(3))
def test_an_interrupted_writer_says_so_and_is_consistent(tmp_path: Path, seed: int) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    acks, code, err = write_until(url, signal.SIGINT, random.Random(seed).randint(1, 3000))
    assert code == 130, err
    acknowledged_and_stored(url, acks)
    with open_store(url) as store:
        assert store.run_summary("r").run.state == "interrupted"


def test_an_interrupt_within_a_statement_keeps_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(f"sqlite:///{tmp_path}/x.db") as store:
        store.begin_run(RUN)
        dialect = store._engine.dialect
        execute = dialect.do_executemany

        def interrupted(*given: object) -> None:
            execute(*given)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(dialect, "do_executemany", interrupted)
            with pytest.raises(KeyboardInterrupt) as kept:
                store.add([report(1), report(2)])
        assert kept.traceback, "it holds the cursor"
        store.end_run("r", "interrupted", 1)
        assert list(store.reports("pump-1")) == []


def test_a_connection_that_is_closed_already_hides_no_error(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/x.db") as store:
        with pytest.raises(KeyError, match="the first"), store._engine.connect() as connection:
            connection.connection.driver_connection.close()  # type: ignore[union-attr]
            connection.invalidate()
            raise KeyError("the first")
        store.begin_run(RUN)


def test_after_a_kill_the_same_replay_completes_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    write_until(url, signal.SIGKILL, 100)
    with open_store(url) as store:
        before = sum(1 for _ in store.reports("pump-1"))
        assert before >= 50
        everything = [report(seq) for seq in range(before + 25)]
        assert store.add(everything) == 25
        assert list(store.reports("pump-1")) == everything


def test_a_kill_while_the_store_is_created_leaves_it_empty_or_whole(tmp_path: Path) -> None:
    code = "import sys; from app.store import open_store; open_store(sys.argv[1]).close()"
    for attempt in range(4):
        url = f"sqlite:///{tmp_path}/{attempt}.db"
        opener = subprocess.Popen([sys.executable, "-c", code, url])
        path = tmp_path / f"{attempt}.db"
        while not path.exists() and opener.poll() is None:
            time.sleep(0.001)
        time.sleep(random.Random(attempt).uniform(0.0, 0.15))
        opener.kill()
        opener.wait()
        try:
            with open_store(url) as store:
                assert store.integrity_check() == ()
        except StoreError as error:
            pytest.fail(f"killed while creating: {error}")
