import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_messages import OUTER_RACE, diagnosis, report
from sqlalchemy import event

from app.store import Store, open_store
from app.store.connection import make_engine
from app.store.event_log import every_event, last_offset
from app.store.gaps import boot_gaps
from app.store.upgrade import upgrade
from sensors.errors import StoreError

# A full disk, as SQLite meets it: it may not grow beyond so many pages.


def limited(path: Path, pages: int) -> Store:
    engine = make_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    upgrade(engine)
    return Store(engine)


def test_a_full_disk_is_named_and_the_last_batch_is_absent_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    batches = [[report(10 * b + i) for i in range(10)] for b in range(200)]
    stored = 0
    with limited(path, 60) as store:
        with pytest.raises(StoreError, match=r"x\.db.*full: free space"):
            for batch in batches:
                stored += store.add(batch)
        assert 0 < stored < 2000
        assert sum(1 for _ in store.reports("pump-1")) == stored
        assert store.integrity_check() == ()
    with open_store(f"sqlite:///{path}") as store:
        assert sum(1 for _ in store.reports("pump-1")) == stored
        assert store.add(batches[stored // 10]) == 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_stops_the_store_whole_and_space_resumes_it(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_000_000))
    batches = [[report(10 * b + i) for i in range(10)] for b in range(1000)]
    with open_store(f"sqlite:///{small_disk}/x.db") as store:
        done = 0
        with pytest.raises(StoreError, match="free space"):
            for batch in batches:
                store.add(batch)
                done += 1
        for _ in range(3):
            with pytest.raises(StoreError, match="free space"):
                store.add(batches[done])
        assert [event.offset for event in every_event(store)] == list(range(1, 10 * done + 1))
        ballast.unlink()
        assert store.add(batches[done]) == 10
        assert store.integrity_check() == ()
        assert boot_gaps(store)[0].stored == last_offset(store) == 10 * (done + 1)


def test_a_store_that_cannot_be_created_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with pytest.raises(StoreError, match="full"):
        limited(path, 5)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    with open_store(f"sqlite:///{path}") as store:
        assert store.add([report(1)]) == 1


FILL = """
import resource, signal, sys
from app.store import open_store
from sensors.errors import StoreError
sys.path.insert(0, sys.argv[3])
from sample_messages import report
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
stored = 0
try:
    with open_store(sys.argv[1]) as store:
        for start in range(0, 20_000, 50):
            stored += store.add([report(seq) for seq in range(start, start + 50)])
            print(stored, flush=True)
except StoreError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("limit", [10_000, 300_000])
def test_a_file_size_limit_is_named_and_what_was_committed_stays(
    tmp_path: Path, limit: int
) -> None:
    if resource.getrlimit(resource.RLIMIT_FSIZE)[1] not in (resource.RLIM_INFINITY, -1):
        pytest.skip("needs to set RLIMIT_FSIZE")
    url = f"sqlite:///{tmp_path}/x.db"
    here = str(Path(__file__).parent)
    run = subprocess.run(
        [sys.executable, "-c", FILL, url, str(limit), here],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == StoreError.exit_code
    assert "x.db" in run.stderr
    assert "free space" in run.stderr
    committed = int(run.stdout.split()[-1]) if run.stdout else 0
    assert (committed > 0) == (limit > 100_000)
    with open_store(url) as store:
        assert sum(1 for _ in store.reports("pump-1")) == committed
        assert store.integrity_check() == ()


def test_an_interrupt_within_a_batch_leaves_none_of_it(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/x.db")
    upgrade(engine)
    armed = True

    @event.listens_for(engine, "before_cursor_execute")
    def interrupt(*call: object) -> None:
        if armed and "INSERT INTO findings" in str(call[2]):
            raise KeyboardInterrupt

    batch = [report(1), diagnosis(1, OUTER_RACE)]
    with Store(engine) as store:
        with pytest.raises(KeyboardInterrupt):
            store.add(batch)
        assert list(store.reports("pump-1")) == []
        armed = False
        assert store.add(batch) == 2
        assert list(store.diagnoses("pump-1")) == [batch[1]]


# Files that are no store, or no longer.


@pytest.fixture
def full(tmp_path: Path) -> Path:
    path = tmp_path / "x.db"
    with open_store(f"sqlite:///{path}") as store:
        store.add([report(seq) for seq in range(500)])
    return path


@pytest.mark.parametrize(
    "content", [b"t;x;y\n1;2;3\n" * 1000, b"\x00" * 5000, os.urandom(5000), b"SQLite format 3\0oh"]
)
def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recording.csv"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"recording\.csv.*not a database: name another file"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_a_truncated_store_is_named_as_damaged(full: Path) -> None:
    content = full.read_bytes()
    full.write_bytes(content[: len(content) // 2])
    with (
        pytest.raises(StoreError, match=r"x\.db.*damaged: keep a copy"),
        open_store(f"sqlite:///{full}") as store,
    ):
        list(store.reports("pump-1"))


def test_integrity_check_finds_an_overwritten_page(full: Path) -> None:
    content = bytearray(full.read_bytes())
    content[-8192:-4096] = b"\xa5" * 4096
    full.write_bytes(content)
    with open_store(f"sqlite:///{full}") as store:
        assert store.integrity_check() != ()


def edit(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_integrity_check_finds_a_report_of_no_motor(full: Path) -> None:
    with open_store(f"sqlite:///{full}") as store:
        assert store.integrity_check() == ()
        edit(full, "DELETE FROM motors")
        assert "refers to a missing motors" in store.integrity_check()[0]


@pytest.mark.parametrize(
    "change", ["state = 'fine'", "features = x'010203'", "probability = 7.0", "t1_ns = t0_ns - 1"]
)
def test_a_row_edited_by_hand_is_named(full: Path, change: str) -> None:
    edit(full, f"UPDATE reports SET {change} WHERE seq = 3")
    with (
        open_store(f"sqlite:///{full}") as store,
        pytest.raises(StoreError, match=r"damaged"),
    ):
        list(store.reports("pump-1"))


@pytest.mark.parametrize("change", [{"t0_ns": 2**70, "t1_ns": 2**71}, {"motor_hash": "\ud800"}])
def test_a_message_that_no_bus_would_carry_is_refused_whole(
    tmp_path: Path, change: dict[str, object]
) -> None:
    with open_store(f"sqlite:///{tmp_path}/x.db") as store:
        with pytest.raises(StoreError, match="no column can hold"):
            store.add([report(1), report(2, **change)])
        assert list(store.reports("pump-1")) == []


# Places that refuse.


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere/x\.db.*folder must exist"):
        open_store(f"sqlite:///{tmp_path}/nowhere/x.db")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="must not be a folder"):
        open_store(f"sqlite:///{tmp_path}")


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() == 0:
        if not Path("/proc/self").is_dir():
            pytest.skip("needs a folder that root cannot write: no /proc here")
        yield Path("/proc")
        return
    tmp_path.chmod(0o500)
    yield tmp_path
    tmp_path.chmod(0o700)


def test_an_unwritable_folder_is_named(unwritable: Path) -> None:
    with pytest.raises(StoreError, match=r"motorwatch\.db.*writable"):
        open_store(f"sqlite:///{unwritable}/motorwatch.db")


def test_a_read_only_store_can_be_read_and_says_why_it_cannot_be_written(full: Path) -> None:
    with open_store(f"sqlite:///file:{full}?mode=ro&uri=true") as store:
        assert sum(1 for _ in store.reports("pump-1")) == 500
        with pytest.raises(StoreError, match=r"read-only: make both writable"):
            store.add([report(1000)])


def test_another_writer_is_waited_for_and_then_named(full: Path) -> None:
    other = sqlite3.connect(full, isolation_level=None)
    with open_store(f"sqlite:///{full}?timeout=0.05") as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"another program is writing.*timeout=60"):
            store.add([report(1000)])
        assert sum(1 for _ in store.reports("pump-1")) == 500, "reading goes on meanwhile"
        other.execute("ROLLBACK")
        assert store.add([report(1000)]) == 1
    other.close()


def test_a_lost_server_is_named_without_its_password() -> None:
    pytest.importorskip("psycopg", reason="needs the extra postgres")
    with pytest.raises(StoreError, match="check that it runs") as caught:
        open_store("postgresql://user:secret@127.0.0.1:1/db?connect_timeout=2")
    assert "secret" not in str(caught.value)
