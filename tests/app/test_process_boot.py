import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.process.boot import FILE, open_boot, parse_line
from sensors.errors import BadConfig, OutputError

OPEN = (
    "from pathlib import Path; from app.process.boot import open_boot; boot = open_boot(Path('{}'))"
)


def start(folder: Path) -> str:
    with open_boot(folder) as boot:
        return boot.boot_id


def test_the_number_rises_with_each_start(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "state"
    ids = [start(folder) for _ in range(12)]
    origins = {one.split("-")[0] for one in ids}
    assert len(origins) == 1
    assert [int(one.split("-")[1]) for one in ids] == list(range(1, 13))


def test_it_is_on_disk_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(number: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{number}").readlink()))
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    start(tmp_path)
    assert synced[-1] == str(tmp_path)
    assert Path(synced[0]).parent == tmp_path
    assert Path(synced[0]) != tmp_path


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 200), st.integers(0, 255))
def test_one_changed_byte_is_seen(place: int, value: int) -> None:
    line = b"0a1b2c3d4e5f 41 "
    line += f"{zlib.crc32(line[:-1]):08x}\n".encode()
    assert parse_line(line) == ("0a1b2c3d4e5f", 41)
    damaged = bytearray(line)
    damaged[place % len(line)] = value
    assert parse_line(bytes(damaged)) is None or bytes(damaged) == line


@pytest.mark.parametrize("damage", [b"", b"\0" * 4096, b"1 2 3\n", b"\xff\xfe", b"x " * 10**6])
def test_a_damaged_file_is_said_and_survived(tmp_path: Path, damage: bytes) -> None:
    before = start(tmp_path)
    (tmp_path / FILE).write_bytes(damage)
    with open_boot(tmp_path) as boot:
        assert boot.durable
        assert boot.note.startswith(f"BootStateLost: {tmp_path / FILE} is damaged")
        assert boot.boot_id.split("-")[0] != before.split("-")[0]
        assert boot.number == 1
    assert (tmp_path / f"{FILE}.damaged").read_bytes() == damage
    assert start(tmp_path) == boot.boot_id.replace("-1", "-2")


def test_a_wiped_folder_gives_no_identity_twice(tmp_path: Path) -> None:
    ids = set()
    for turn in range(50):
        ids.add(start(tmp_path / str(turn)))
    assert len(ids) == 50


def test_two_processes_never_share_a_folder(tmp_path: Path) -> None:
    with open_boot(tmp_path):
        code = OPEN.format(str(tmp_path))
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert "another process works with this state folder" in other.stderr
        with pytest.raises(BadConfig):
            open_boot(tmp_path)
    start(tmp_path)


def test_a_killed_process_leaves_the_folder_to_the_next(tmp_path: Path) -> None:
    code = OPEN.format(str(tmp_path)) + "; import os; os.kill(os.getpid(), 9)"
    for number in (1, 2):
        assert subprocess.run([sys.executable, "-c", code]).returncode == -9
        assert (tmp_path / FILE).read_text().split()[1] == str(number)


def test_without_a_disk_to_write_on_each_start_has_a_name_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, content: bytes) -> None:
        raise OutputError(f"{path}: Read-only file system")

    monkeypatch.setattr("app.process.boot.write_durably", refuse)
    ids = set()
    for _ in range(20):
        with open_boot(tmp_path) as boot:
            assert not boot.durable
            assert "cannot be kept" in boot.note
            ids.add(boot.boot_id)
    assert len(ids) == 20


def test_a_read_only_disk(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"mount -t tmpfs -o ro x {tmp_path}"],
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount")
    code = OPEN.format(f"{tmp_path}/state") + "; print(boot.durable, boot.note)"
    script = f'mount -t tmpfs -o ro x {tmp_path} && exec {sys.executable} -c "{code}"'
    said = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith("False")
    assert "Read-only file system" in said.stdout


def test_the_state_folder_may_not_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    with open_boot(tmp_path / "f") as boot:
        assert not boot.durable
