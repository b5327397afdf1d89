"""Raw captures at rest: whole, bounded, secret where a key is given, and mended after a crash."""

import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_messages import SECOND, alarm
from typer.testing import CliRunner

from app.archive.archive import ENDING, Archive
from app.archive.index import drop
from app.archive.keys import load_keys, make_key
from app.archive.sealed import Reason, read_header, unseal
from app.archive.squeeze import squeeze, unsqueeze
from app.archive.stored import CaptureStored, keep_capture
from app.capture_message import encode_capture
from app.cli.main import app
from app.store import Arrival, LogOnly, Store, open_store
from app.store.event_log import read_events
from app.store.holds import hold, let_go
from app.topics import Address
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.errors import BadConfig, BadMessage, DamagedCapture, OutputError, StoreError, WrongKey
from sensors.motor import Motor, Nameplate

FELT = Channel("vib/de x", Sense.VIBRATION, Unit.MPS2, position="DE")
RATE_HZ = 5000.0
PUMP = Address("hall", "pump-1", "archive/chunk")


def capture(seq: int, motor_id: str = "pump-1", samples: int = 5000) -> Capture:
    values = np.random.default_rng(seq).normal(size=samples).astype(np.float32)
    t0_ns = seq * SECOND
    t1_ns = t0_ns + round(samples / RATE_HZ * SECOND)
    block = SampleBlock(FELT, t0_ns, RATE_HZ, values)
    return Capture(motor_id, t0_ns, t1_ns, (block,), 1470.0, 0.8, "utc", seq)


def message(seq: int, motor_id: str = "pump-1", samples: int = 5000) -> bytes:
    return encode_capture(capture(seq, motor_id, samples), "boot-1")


def keyed(byte: int) -> tuple:
    return (make_key(bytes([byte]) * 32),)


def file_of(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / (digest + ENDING)


@pytest.fixture
def store(tmp_path: Path):
    with open_store(f"sqlite:///{tmp_path}/x.db") as opened:
        yield opened


# The form of a file.


@settings(deadline=None, max_examples=50)
@given(payload=st.binary(max_size=300))
def test_what_is_squeezed_comes_back(payload: bytes) -> None:
    assert unsqueeze(squeeze(payload), len(payload)) == payload


def test_grouped_bytes_take_less_than_plain_ones() -> None:
    payload = message(1)
    assert len(squeeze(payload)) < 0.9 * len(payload)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(DamagedCapture, match="or more instead of 1000"):
        unsqueeze(squeeze(bytes(50_000_000)), 1000)


@pytest.mark.parametrize("keys", [(), keyed(1)])
def test_a_capture_comes_out_as_it_went_in(tmp_path: Path, store: Store, keys: tuple) -> None:
    archive = Archive(tmp_path / "a", store, keys=keys, now_ns=lambda: 77)
    digest = archive.put(message(3), "escalation")
    back, boot_id = archive.get(digest)
    assert encode_capture(back, boot_id) == message(3)
    (entry,) = archive.list("pump-1")
    assert (entry.seq, entry.reason, entry.stored_ns) == (3, "escalation", 77)
    assert entry.encrypted == bool(keys)
    assert entry.file_bytes == file_of(tmp_path / "a", digest).stat().st_size
    assert archive.put(message(3), "request") == digest
    assert len(archive.list()) == 1
    assert archive.list("nobody") == []


def test_what_is_kept_is_one_event_that_names_whose_request_it_answers(
    tmp_path: Path, store: Store
) -> None:
    payload = encode_capture(capture(3), "boot-1", "request", ("c-1", "c-2"))
    digest = hashlib.sha256(payload).hexdigest()
    for _ in range(2):
        keep_capture(Archive(tmp_path / "a", store), store, PUMP, payload, 7)
    (event,) = read_events(store)
    said = msgspec.json.decode(event.payload, type=CaptureStored)
    assert (said.digest, said.seq, said.command_ids) == (digest, 3, ("c-1", "c-2"))
    call = ["events", "tail", "--store", f"sqlite:///{tmp_path}/x.db"]
    shown = CliRunner().invoke(app, call).stdout
    assert "hall/pump-1/capture boot-1/3" in shown
    assert shown.rstrip().endswith("command c-1 command c-2")


def test_a_capture_that_another_process_let_go_is_refused_and_taken_when_it_comes_again(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, payload = Archive(tmp_path / "a", store), encode_capture(capture(3), "b", "request")
    put = archive.put

    def put_and_lose(payload: bytes, reason: Reason) -> str:
        digest = put(payload, reason)
        drop(store, [digest])
        return digest

    with monkeypatch.context() as patch:
        patch.setattr(archive, "put", put_and_lose)
        with pytest.raises(StoreError, match="another process let it go"):
            keep_capture(archive, store, PUMP, payload, 7)
    assert list(read_events(store)) == []
    keep_capture(archive, store, PUMP, payload, 7)
    assert len(list(read_events(store))) == 1


@pytest.mark.parametrize("inner", ["pump-2", ""])
def test_nobody_puts_a_capture_into_the_history_of_another_motor(
    tmp_path: Path, store: Store, inner: str
) -> None:
    forged = encode_capture(capture(3), "boot-1", "request", ("c-1",))
    forged = forged.replace(b"\xa6pump-1", bytes([0xA0 + len(inner)]) + inner.encode())
    scheduled = encode_capture(capture(3), "boot-1", "schedule")
    archive = Archive(tmp_path / "a", store)
    for payload, why in ((forged, "on a topic of 'pump-1'"), (scheduled, "not for the archive")):
        with pytest.raises(BadMessage, match=why):
            keep_capture(archive, store, PUMP, payload, 7)
    assert (list(archive.list()), list(read_events(store))) == ([], [])


def test_an_event_that_is_no_object_is_shown_all_the_same(tmp_path: Path, store: Store) -> None:
    for seq, payload in enumerate(
        (b"[1]", b'{"command_id":7}', b'{"command_id":"[red]x"}', b'{"command_id":"\\u001b[2J"}')
    ):
        odd = LogOnly(kind="cmd", motor_id="pump-1", boot_id="b", seq=seq, payload=payload)
        store.commit([Arrival("hall", 7, odd)])
    call = ["events", "tail", "--store", f"sqlite:///{tmp_path}/x.db"]
    lines = CliRunner().invoke(app, call).stdout.splitlines()
    assert [line.split("bytes")[1] for line in lines] == ["", "", " command [red]x", ""]


def test_what_is_no_capture_is_refused(tmp_path: Path, store: Store) -> None:
    with pytest.raises(BadMessage):
        Archive(tmp_path / "a", store).put(b"garbage", "request")
    assert not (tmp_path / "a").exists()


def test_a_secret_file_shows_nothing_of_the_capture(tmp_path: Path, store: Store) -> None:
    flat = np.zeros(5000, np.float32)
    block = SampleBlock(FELT, 0, RATE_HZ, flat)
    payload = encode_capture(Capture("pump-1", 0, SECOND, (block,)), "boot-1")
    archive = Archive(tmp_path / "a", store, keys=keyed(1))
    content = file_of(tmp_path / "a", archive.put(payload, "request")).read_bytes()
    assert b"vib/de x" not in content
    with pytest.raises(DamagedCapture):
        unsqueeze(content[content.index(b"}") + 1 :], len(payload))


def test_the_same_capture_is_never_encrypted_with_the_same_nonce(tmp_path: Path) -> None:
    nonces = set()
    for i in range(20):
        with open_store(f"sqlite:///{tmp_path}/{i}.db") as store:
            digest = Archive(tmp_path / f"{i}", store, keys=keyed(1)).put(message(1), "request")
        nonces.add(read_header(file_of(tmp_path / f"{i}", digest).read_bytes()).nonce)
    assert len(nonces) == 20


def test_a_wrong_key_is_named_and_an_old_one_still_opens(tmp_path: Path, store: Store) -> None:
    digest = Archive(tmp_path / "a", store, keys=keyed(1)).put(message(1), "request")
    for keys in ((), keyed(2)):
        with pytest.raises(WrongKey, match=r"encrypted by key [0-9a-f]{16}; at hand"):
            Archive(tmp_path / "a", store, keys=keys).get(digest)
    rotated = Archive(tmp_path / "a", store, keys=keyed(2) + keyed(1))
    assert rotated.get(digest)[0].seq == 1
    newer = rotated.put(message(2), "request")
    assert Archive(tmp_path / "a", store, keys=keyed(2)).get(newer)[0].seq == 2


@pytest.mark.parametrize("keys", [(), keyed(1)])
def test_every_changed_byte_is_noticed(tmp_path: Path, store: Store, keys: tuple) -> None:
    archive = Archive(tmp_path / "a", store, keys=keys)
    content = file_of(tmp_path / "a", archive.put(message(1, samples=50), "request")).read_bytes()
    unseal(content, keys)
    # Without a key, the header's facts beside the digest are not vouched for.
    first = 0 if keys else content.index(b"}") + 1
    for at in range(first, len(content)):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        with pytest.raises((DamagedCapture, WrongKey)):
            unseal(changed, keys)
    for length in range(len(content)):
        with pytest.raises((DamagedCapture, WrongKey)):
            unseal(content[:length], keys)


def test_a_damaged_file_is_named(tmp_path: Path, store: Store) -> None:
    archive = Archive(tmp_path / "a", store, keys=keyed(1))
    path = file_of(tmp_path / "a", digest := archive.put(message(1), "request"))
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(DamagedCapture, match=rf"{digest}.*changed since"):
        archive.get(digest)
    path.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        archive.get(digest)


# Keys.


def test_a_key_file_is_read_and_shows_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_text("0a" * 32 + "\n")
    path.chmod(0o600)
    (key,) = load_keys([path])
    assert key.secret == b"\n" * 32
    assert "0a0a" not in repr(key) and "\\n" not in repr(key)


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("0a" * 32, 0o640, "others can read it .mode 640.; run: chmod 600"),
        ("0a" * 32, 0o604, "others can read"),
        ("0a" * 31, 0o600, "needs 64 hexadecimal digits"),
        ("zz" * 32, 0o600, "needs 64 hexadecimal digits"),
        ("ä" * 32, 0o600, "needs 64 hexadecimal digits"),
        ("", 0o600, "needs one line"),
    ],
)
def test_a_bad_key_file_is_named(tmp_path: Path, content: str, mode: int, said: str) -> None:
    path = tmp_path / "k"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(BadConfig, match=said):
        load_keys([path])


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"nothing.*cannot be read"):
        load_keys([tmp_path / "nothing"])


# Room.


def kept(archive: Archive) -> list[tuple[int, str]]:
    return [(entry.seq, entry.reason) for entry in archive.list()]


def test_for_room_healthy_ones_go_first_then_the_oldest(tmp_path: Path, store: Store) -> None:
    clock = iter(range(100))
    archive = Archive(tmp_path / "a", store, now_ns=lambda: next(clock))
    reasons: list[Reason] = ["escalation", "healthy", "request", "healthy", "escalation"]
    for seq, reason in enumerate(reasons):
        archive.put(message(seq), reason)
    size = max(entry.file_bytes for entry in archive.list())
    small = Archive(tmp_path / "a", store, limit_bytes=5 * size + 1000, now_ns=lambda: next(clock))
    gone = [1, 3, 0, 2]
    for i, seq in enumerate(gone):
        small.put(message(10 + i), "escalation")
        assert seq not in [each for each, _ in kept(small)]
    assert [seq for seq, _ in kept(small)] == [4, 10, 11, 12, 13]
    assert len(list((tmp_path / "a").glob(f"*/*{ENDING}"))) == 5


def test_what_an_open_alarm_or_a_hold_needs_stays(tmp_path: Path, store: Store) -> None:
    archive = Archive(tmp_path / "a", store)
    for seq, motor in ((100, "pump-1"), (200, "fan-1"), (300, "fan-1")):
        archive.put(message(seq, motor), "healthy")
    size = max(entry.file_bytes for entry in archive.list())
    store.add([alarm(101)])
    hold(store, "verdict-1", "fan-1", 200 * SECOND, 210 * SECOND, "verdict: outer race")
    small = Archive(tmp_path / "a", store, limit_bytes=3 * size + 1000)
    small.put(message(400, "fan-1"), "escalation")
    assert [seq for seq, _ in kept(small)] == [100, 200, 400]
    hold(store, "verdict-2", "fan-1", 400 * SECOND, 401 * SECOND, "verdict")
    with pytest.raises(StoreError, match=r"no room.*open alarms or holds"):
        small.put(message(500, "fan-1"), "escalation")
    assert len(kept(small)) == 3
    let_go(store, "verdict-1")
    small.put(message(500, "fan-1"), "escalation")
    store.add([alarm(101, 102)])
    small.put(message(600, "fan-1"), "healthy")
    assert [seq for seq, _ in kept(small)] == [400, 500, 600]


# Crashes.


def test_recovery_finds_orphans_on_both_sides(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "a"
    archive = Archive(folder, store, keys=keyed(1))
    one, two = (archive.put(message(seq), "escalation") for seq in (1, 2))
    file_of(folder, one).unlink()
    with open_store(f"sqlite:///{tmp_path}/other.db") as other:
        three = Archive(folder, other, keys=keyed(1)).put(message(3), "request")
    file_of(folder, three).with_name(".half.123.part").write_bytes(b"x")
    damaged = folder / "00" / ("0" * 64 + ENDING)
    damaged.parent.mkdir(exist_ok=True)
    damaged.write_bytes(b"MWCAP1\n\xff\xff\xff\xff")
    misnamed = folder / "00" / ("0" * 63 + "1" + ENDING)
    misnamed.write_bytes(file_of(folder, two).read_bytes())
    mended = archive.recover()
    assert (mended.adopted, mended.lost, mended.swept) == ((three,), (one,), 1)
    assert mended.damaged == (str(damaged), str(misnamed))
    assert kept(archive) == [(2, "escalation"), (3, "request")]
    assert archive.get(three)[0].seq == 3
    again = archive.recover()
    assert (again.adopted, again.lost, again.swept) == ((), (), 0)


def test_a_folder_that_is_not_mounted_loses_no_index(tmp_path: Path, store: Store) -> None:
    archive = Archive(tmp_path / "a", store)
    assert archive.recover().lost == ()
    archive.put(message(1), "request")
    (tmp_path / "a").rename(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is its disk mounted"):
        archive.recover()
    assert len(archive.list()) == 1


PUTTER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_archive import message, keyed
from app.archive.archive import Archive
from app.store import open_store
with open_store(sys.argv[1]) as store:
    archive = Archive(Path(sys.argv[2]), store, keys=keyed(1), limit_bytes=300_000)
    for seq in range(100_000):
        print(archive.put(message(seq), "healthy"), flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_leaves_no_capture_half_and_none_listed_that_is_gone(
    tmp_path: Path, seed: int
) -> None:
    url, folder = f"sqlite:///{tmp_path}/x.db", tmp_path / "a"
    words = [sys.executable, "-c", PUTTER, url, str(folder), str(Path(__file__).parent)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as putter:
        assert putter.stdout is not None
        said = [putter.stdout.readline().strip() for _ in range(random.Random(seed).randint(1, 40))]
        time.sleep(random.Random(seed).uniform(0.0, 0.02))
        putter.send_signal(signal.SIGKILL)
        putter.communicate(timeout=60)
    with open_store(url) as store:
        archive = Archive(folder, store, keys=keyed(1))
        assert archive.recover().damaged == ()
        listed = [entry.digest for entry in archive.list()]
        assert said[-1] in listed, "what was kept last is there"
        for digest in listed:
            archive.get(digest)


FILL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_archive import message
from app.archive.archive import Archive
from app.store import open_store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_store(sys.argv[1]) as store:
    archive = Archive(Path(sys.argv[2]), store)
    archive.put(message(1), "escalation")
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
    try:
        archive.put(message(2), "escalation")
    except OSError as error:
        print(type(error).__name__, error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    archive.put(message(2), "escalation")
    print(len(archive.list()), archive.recover().swept)
"""


def test_a_full_disk_leaves_nothing_half_and_resumes(tmp_path: Path) -> None:
    url, folder = f"sqlite:///{tmp_path}/x.db", tmp_path / "a"
    words = [sys.executable, "-c", FILL, url, str(folder), str(Path(__file__).parent)]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    refused, after = ran.stdout.splitlines()
    assert refused.startswith("OutputError") and "File too large" in refused
    assert after == "2 0"


def test_an_unwritable_folder_is_named(tmp_path: Path, store: Store) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        Archive(tmp_path / "a", store).put(message(1), "request")
    assert Archive(tmp_path / "a", store).list() == []


# The command.


@pytest.fixture
def plant(tmp_path: Path) -> tuple[str, Path, Path]:
    key = tmp_path / "k"
    key.write_text("0a" * 32)
    key.chmod(0o600)
    url = f"sqlite:///{tmp_path}/plant.db"
    with open_store(url) as store:
        store.add_motor(Motor(motor_id="pump-1", nameplate=Nameplate(poles=4)))
        archive = Archive(tmp_path / "a", store, keys=load_keys([key]))
        archive.put(message(1, samples=50_000), "escalation")
    return url, tmp_path / "a", key


def test_a_capture_is_listed_got_and_replayed(
    plant: tuple[str, Path, Path], tmp_path: Path
) -> None:
    url, folder, key = plant
    run = CliRunner().invoke
    (entry,) = json.loads(run(app, ["captures", "list", "--store", url, "--json"]).stdout)
    assert entry["digest"][:12] in run(app, ["captures", "list", "--store", url]).stdout
    output = tmp_path / "out" / "alarm.npz"
    words = ["captures", "get", str(folder), entry["digest"][:8], str(output), "--store", url]
    got = run(app, [*words, "--key-file", str(key), "--json"])
    assert got.exit_code == 0, got.output
    replayed = run(app, ["replay", str(output.parent), "--stage2", "off", "--json"])
    assert replayed.exit_code == 0, replayed.output
    lines = [json.loads(line) for line in replayed.stdout.splitlines()]
    assert len(lines) == 10
    assert {line["motor_id"] for line in lines} == {"pump-1"}
    assert isinstance(run(app, words).exception, OutputError | WrongKey)


def test_too_few_digits_are_refused(plant: tuple[str, Path, Path], tmp_path: Path) -> None:
    url, folder, _ = plant
    words = ["captures", "get", str(folder), "ab", str(tmp_path / "o.npz"), "--store", url]
    assert "at least 6 digits" in str(CliRunner().invoke(app, words).exception)
