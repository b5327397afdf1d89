"""Whatever is wrong with a file, opening and reading it says so by name, soon, in little memory."""

import subprocess
import sys
import tarfile
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.source_files import WRITERS

from sensors.errors import RecordingError
from sensors.recordings.opening import open_source

EVERY = 1 << 60
SPARSE_BYTES = 10 << 30
MARKED = (".mat", ".h5", ".tdms", ".wav", ".flac", ".npz", ".parquet")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of one valid file of each format."""
    folder = tmp_path_factory.mktemp("sound")
    contents = {}
    for name, write in WRITERS.items():
        write(folder / name)
        contents[name] = (folder / name).read_bytes()
    return contents


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


def read_or_refuse(path: Path) -> bool:
    """Open and read all of a file; whether that went well. Only RecordingError may say no."""
    try:
        with closing(open_source(path)) as source:
            for column in source.columns:
                for start, stop in ((0, 40), (150, 160), (20, 25)):
                    values = source.read(column.name, start, stop)
                    assert values.ndim == 1
                    assert values.size <= stop - start
                    assert values.dtype in (np.float32, np.float64)
                if (column.samples or 0) < 1_000_000:
                    source.read(column.name, 0, EVERY)
    except RecordingError as error:
        assert str(path) in str(error)
        return False
    return True


@pytest.mark.parametrize("name", WRITERS)
def test_a_sound_file_is_read(sound: dict[str, bytes], folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(sound[name])
    assert read_or_refuse(path)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere(
    sound: dict[str, bytes], folder: Path, name: str, data: st.DataObject
) -> None:
    content = sound[name]
    path = folder / name
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    read_or_refuse(path)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_with_bytes_changed(
    sound: dict[str, bytes], folder: Path, name: str, data: st.DataObject
) -> None:
    content = bytearray(sound[name])
    places = st.one_of(st.integers(0, len(content) - 1), st.integers(0, min(len(content), 600) - 1))
    values = st.one_of(st.sampled_from([0, 10, 13, 34, 44, 127, 128, 255]), st.integers(0, 255))
    for place in data.draw(st.lists(places, min_size=1, max_size=6)):
        content[place] = data.draw(values)
    path = folder / name
    path.write_bytes(content)
    read_or_refuse(path)


@pytest.mark.parametrize("name", [*WRITERS, "a.bin", "a", "a.gz"])
@settings(max_examples=20, deadline=None)
@given(content=st.binary(max_size=400))
@example(content=b"")
@example(content=b"\0" * 2000)
@example(content=b"PK\x03\x04")
@example(content=b"PAR1PAR1")
@example(content=b"TDSm")
@example(content=b"fLaC")
@example(content=b"RIFF\0\0\0\0WAVE")
@example(content=b"\x89HDF\r\n\x1a\n")
@example(content=b"MATLAB 5.0".ljust(124) + b"\x00\x01IM")
@example(content=b"\x1f\x8b")
@example(content=b"FFFFFFFF")
def test_random_bytes_under_any_name(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.write_bytes(content)
    read_or_refuse(path)


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.sampled_from("0123456789.,;\t -+einfa\"'\n\r#"), max_size=200))
def test_random_text(folder: Path, text: str) -> None:
    path = folder / "text.csv"
    path.write_bytes(text.encode())
    read_or_refuse(path)


def element(kind: int, body: bytes) -> bytes:
    """One element of a MATLAB v5 file."""
    size = len(body).to_bytes(4, "little")
    return kind.to_bytes(4, "little") + size + body + bytes(-len(body) % 8)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("sides", [(0, 0), (1, 1)])
def test_a_variable_without_a_body_takes_nothing_from_the_others(
    sound: dict[str, bytes], tmp_path: Path, sides: tuple[int, int], compressed: bool
) -> None:
    path = tmp_path / "ans.mat"
    flags, dimensions = bytes([6, 0, 0, 0]) + bytes(4), np.array(sides, "<i4").tobytes()
    empty = element(14, element(6, flags) + element(5, dimensions) + element(1, b"ans"))
    if compressed:
        packed = zlib.compress(empty)
        empty = (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little") + packed
    whole = sound["v5.mat"]
    path.write_bytes(whole[:128] + empty + whole[128:])
    with closing(open_source(path)) as source:
        assert "x[0]" in {column.name for column in source.columns}
        assert not any(column.name.startswith("ans") for column in source.columns)
    path.write_bytes(whole[:128] + empty)
    with pytest.raises(RecordingError, match=r"ans\.mat"):
        open_source(path)


def test_a_struct_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.mat"
    content = b""
    for _ in range(2000):
        head = element(6, bytes([2, 0, 0, 0]) + bytes(4)) + element(5, bytes([1, 0, 0, 0] * 2))
        head += element(1, b"s") + element(5, bytes([8, 0, 0, 0])) + element(1, b"a" + bytes(7))
        content = element(14, head + content)
    path.write_bytes(b"MATLAB 5.0".ljust(124) + b"\x00\x01IM" + content)
    with pytest.raises(RecordingError, match="nested deeper"):
        open_source(path)


def test_missing_folder_empty_and_forbidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RecordingError, match=r"gone\.wav: no such file"):
        open_source(tmp_path / "gone.wav")
    with pytest.raises(RecordingError, match="is a folder; name a file in it"):
        open_source(tmp_path)
    empty = tmp_path / "empty.mat"
    empty.touch()
    with pytest.raises(RecordingError, match=r"empty\.mat: is empty"):
        open_source(empty)

    def forbid(*_: object) -> None:
        raise PermissionError("Permission denied")

    monkeypatch.setattr(Path, "open", forbid)
    with pytest.raises(RecordingError, match=r"may not be read; .*chmod u\+r"):
        open_source(empty)


@pytest.mark.parametrize("suffix", MARKED)
def test_another_format_under_a_wrong_suffix(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text{suffix}"
    path.write_text("1,2\n3,4\n")
    with pytest.raises(RecordingError, match=rf"does not begin as a \{suffix} file must"):
        open_source(path)


def test_the_content_decides_where_it_is_marked(sound: dict[str, bytes], tmp_path: Path) -> None:
    for name in ("v5.mat", "v73.mat", "a.tdms", "a.wav", "plain.npz", "a.parquet"):
        path = tmp_path / f"{name}.csv"
        path.write_bytes(sound[name])
        assert read_or_refuse(path)


def test_a_spreadsheet_and_other_archives_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(RecordingError, match=r"book\.xlsx: holds no numeric series"):
        open_source(tmp_path / "book.xlsx")
    with tarfile.open(tmp_path / "empty.tar.gz", "w:gz"):
        pass
    with pytest.raises(RecordingError):
        open_source(tmp_path / "empty.tar.gz")


@pytest.mark.parametrize("suffix", [*MARKED, ".csv", ".txt", ".gz", ".tar", ""])
def test_ten_sparse_gigabytes_are_refused_at_once(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"sparse{suffix}"
    path.touch()
    with path.open("r+b") as file:
        file.truncate(SPARSE_BYTES)
    with pytest.raises(RecordingError, match="sparse"):
        open_source(path)


@pytest.mark.parametrize("name", WRITERS)
def test_a_sound_start_and_ten_sparse_gigabytes(
    sound: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(sound[name])
    with path.open("r+b") as file:
        file.truncate(SPARSE_BYTES)
    # In its own process, so that its peak memory is its own.
    code = (
        "import sys; from contextlib import closing; from pathlib import Path\n"
        "from sensors.errors import RecordingError\n"
        "from sensors.recordings.opening import open_source\n"
        "try:\n"
        "    with closing(open_source(Path(sys.argv[1]))) as source:\n"
        "        for column in source.columns:\n"
        "            source.read(column.name, 0, 1000)\n"
        "except RecordingError as error:\n"
        "    assert sys.argv[1] in str(error)\n"
        # ru_maxrss would count the test runner's own memory, inherited through fork.
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 300_000, "peak memory in KiB"
