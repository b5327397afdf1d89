"""WAV, FLAC, TDMS and Parquet: rates and units declared, values exact, slices anywhere."""

import datetime
import struct
from contextlib import closing
from pathlib import Path

import nptdms
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from support.source_files import (
    RATE_HZ,
    ROWS,
    noise,
    write_audio,
    write_parquet,
    write_tdms,
)

from sensors.errors import MissingDependency, RecordingError
from sensors.recordings import guard
from sensors.recordings.opening import open_source

EVERY = 1 << 60


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_audio_declares_rate_and_reads_every_channel(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_audio(path)
    oracle, _ = soundfile.read(path)
    with closing(open_source(path)) as source:
        facts = [(c.name, c.samples, c.rate_hz, c.unit) for c in source.columns]
        assert facts == [(name, ROWS, float(RATE_HZ), "FS") for name in ("0", "1")]
        for start, stop in ((0, 50), (50, 120), (20, 30), (290, EVERY), (ROWS, ROWS + 5)):
            for index in (0, 1):
                read = source.read(str(index), start, stop)
                np.testing.assert_array_equal(read, oracle[start:stop, index])


@pytest.mark.parametrize(
    ("subtype", "dtype"),
    [("PCM_U8", "f4"), ("PCM_16", "f4"), ("PCM_24", "f4"), ("PCM_32", "f8"), ("DOUBLE", "f8")],
)
def test_integer_saturation_shows_as_full_scale(tmp_path: Path, subtype: str, dtype: str) -> None:
    path = tmp_path / "clipped.wav"
    soundfile.write(path, np.array([-2.0, 2.0, 0.0]), RATE_HZ, subtype=subtype)
    with closing(open_source(path)) as source:
        values = source.read("0", 0, 3)
    assert values.dtype == np.dtype(dtype)
    assert values[0] == -1.0 if subtype != "DOUBLE" else values[0] == -2.0
    assert values[1] >= 1 - 1 / 128


def test_the_caller_may_change_what_was_read(tmp_path: Path) -> None:
    for name, write, column in (
        ("a.wav", write_audio, "0"),
        ("a.tdms", write_tdms, "rig/vib"),
    ):
        write(tmp_path / name)
        with closing(open_source(tmp_path / name)) as source:
            first = source.read(column, 0, 10)
            kept = first.copy()
            first[:] = 0
            np.testing.assert_array_equal(source.read(column, 0, 10), kept)


def test_a_wav_shorter_than_its_header_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    write_audio(path)
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    with pytest.raises(RecordingError, match=r"cut\.wav: .*declares 1200 .* but 1100 are there"):
        open_source(path)
    # A writer that streams leaves the length open: what is there is the recording.
    at = content.index(b"data") + 4
    path.write_bytes(content[:at] + struct.pack("<I", 0xFFFFFFFF) + content[at + 4 :])
    with closing(open_source(path)) as source:
        assert source.read("0", 0, EVERY).size == ROWS


def test_tdms_streams_over_segments(tmp_path: Path) -> None:
    path = tmp_path / "a.tdms"
    write_tdms(path)
    half = noise(ROWS // 2)
    whole = np.concatenate([half, half])
    with closing(open_source(path)) as source:
        assert [(c.name, c.samples, c.rate_hz, c.unit) for c in source.columns] == [
            ("rig/vib", ROWS, float(RATE_HZ), "g"),
            ("rig/counts", ROWS, None, None),
        ]
        assert dict(source.scalars) == {"speed_rpm": 1797.0}
        for start, stop in ((0, 10), (140, 160), (10, 20), (0, EVERY), (ROWS, EVERY)):
            np.testing.assert_array_equal(source.read("rig/vib", start, stop), whole[start:stop])
        assert source.read("rig/counts", 148, 152).tolist() == [148, 149, 0, 1]


@pytest.mark.parametrize("increment_s", [0.0, -1.0, float("nan"), float("inf")])
def test_tdms_increment_that_is_none(tmp_path: Path, increment_s: float) -> None:
    path = tmp_path / "a.tdms"
    with path.open("wb") as file, nptdms.TdmsWriter(file) as writer:
        texts = nptdms.ChannelObject("rig", "note", ["x", "y"])
        channel = nptdms.ChannelObject("rig", "vib", noise(9), {"wf_increment": increment_s})
        writer.write_segment([channel, texts])
    with closing(open_source(path)) as source:
        assert [(c.name, c.rate_hz) for c in source.columns] == [("rig/vib", None)]


def test_tdms_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "cut.tdms"
    write_tdms(path)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(RecordingError, match=r"cut\.tdms: its last segment is incomplete"):
        open_source(path)


def test_parquet_columns_types_and_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "x": pa.array([1.5, None, np.inf]),
            "n": pa.array([1, None, 3], pa.int64()),
            "h": pa.array([1, 2, 3], pa.int16()),
            "b": [True, False, None],
            "s": ["a", "b", "c"],
            "l": [[1], [2], [3]],
            "at": [datetime.datetime(2024, 1, 1, 0, 0, 0, 250_000 * k) for k in range(3)],
        }
    )
    pq.write_table(table, path)
    with closing(open_source(path)) as source:
        assert [(c.name, c.samples, c.rate_hz) for c in source.columns] == [
            (name, 3, 4.0) for name in ("x", "n", "h", "b")
        ]
        np.testing.assert_array_equal(source.read("x", 0, 3), [1.5, np.nan, np.inf])
        np.testing.assert_array_equal(source.read("n", 0, 3), [1, np.nan, 3])
        np.testing.assert_array_equal(source.read("b", 0, 3), [1, 0, np.nan])
        assert source.read("h", 0, 3).dtype == np.float32


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(0, 320), st.integers(0, 320)), max_size=6))
def test_parquet_slices_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("parquet") / "a.parquet"
    write_parquet(path)
    with closing(open_source(path)) as source:
        for start, stop in cuts:
            np.testing.assert_array_equal(source.read("x", start, stop), noise(ROWS)[start:stop])
            assert source.read("n", start, stop).tolist() == list(range(ROWS))[start:stop]


def test_parquet_without_rows_or_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": pa.array([], pa.float64())}), path)
    with closing(open_source(path)) as source:
        assert source.columns[0].samples == 0
        assert source.read("x", 0, 10).size == 0
    pq.write_table(pa.table({"s": ["a"]}), path)
    with pytest.raises(RecordingError, match=r"a\.parquet: has no column of numbers"):
        open_source(path)


@pytest.mark.parametrize(
    ("name", "library", "write"),
    [
        ("a.wav", "soundfile", write_audio),
        ("a.tdms", "nptdms", write_tdms),
        ("a.parquet", "pyarrow", write_parquet),
    ],
)
def test_a_missing_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str, write: object
) -> None:
    write(tmp_path / name)  # type: ignore[operator]

    def absent(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr(guard, "import_module", absent)
    with pytest.raises(MissingDependency, match=rf"{library}.*pip install 'motorwatch\[rec"):
        open_source(tmp_path / name)
