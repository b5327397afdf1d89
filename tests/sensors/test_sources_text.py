"""Tables in text: layouts found, numbers exact, trouble named by line and column."""

import gzip
import io
import math
import tarfile
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.source_files import ROWS, noise, write_hexdump

from sensors.errors import BadConfig, RecordingError, RecordingTooLarge
from sensors.recordings import line_blocks, tar_snapshots
from sensors.recordings.opening import open_source
from sensors.recordings.source import ReadOptions, Source

EVERY = 1 << 60


def opened(path: Path, text: str | bytes, **options: object) -> Source:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return open_source(path, ReadOptions(**options))  # type: ignore[arg-type]


def read_all(source: Source) -> dict[str, list[float]]:
    with closing(source):
        return {c.name: source.read(c.name, 0, EVERY).tolist() for c in source.columns}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,2\n3,4\n", {"0": [1, 3], "1": [2, 4]}),
        ("a;b\r\n1;2\r\n3;4", {"a": [1, 3], "b": [2, 4]}),
        ("-0.022\t-0.039\n-1e-3\t5e-005\n", {"0": [-0.022, -0.001], "1": [-0.039, 5e-5]}),
        ("  1.0   2\n 3.5  4 \n", {"0": [1, 3.5], "1": [2, 4]}),
        ("x;y\n1,5;2,25\n-3,0;4\n", {"x": [1.5, -3], "y": [2.25, 4]}),
        ("1.5\n2.5\n", {"0": [1.5, 2.5]}),
        ("vib\n7\n", {"vib": [7]}),
        ("7", {"0": [7]}),
        ("1, 2.5, 3,\n4 ,5, 6,\n", {"0": [1, 4], "1": [2.5, 5], "2": [3, 6]}),
        ('"a","b"\n"1","2"\n', {"a": [1], "b": [2]}),
        ('"x"\t"y"\n"1,5"\t"2,5"\n', {"x": [1.5], "y": [2.5]}),
        ("\ufeffa,b\n1,2\n", {"a": [1], "b": [2]}),
        ("\ufeff1,2\n3,4\n", {"0": [1, 3], "1": [2, 4]}),
        ("a,b\n\n1,2\n\n3,4\n\n", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\r1,2\r3,4\r", {"a": [1, 3], "b": [2, 4]}),
        ("a,a,\n1,2,\n", {"a": [1], "a (2)": [2]}),
        ("+1.5,2\n+2.5,3\n", {"0": [1.5, 2.5], "1": [2, 3]}),
        (
            "0;1;2;3;9;9;9\n1;4;5;6\n2;7;8;9\n",
            {"0": [0, 1, 2], "1": [1, 4, 7], "2": [2, 5, 8], "3": [3, 6, 9]},
        ),
        ("n,who,v\n1,x,2\n3,y,4\n", {"n": [1, 3], "v": [2, 4]}),
    ],
)
def test_layouts_are_found(tmp_path: Path, text: str, expected: dict[str, list[float]]) -> None:
    source = opened(tmp_path / "a.csv", text)
    assert all(column.samples is None for column in source.columns)
    assert read_all(source) == expected


def test_stated_options_win(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    assert read_all(opened(path, "1|2\n", delimiter="|")) == {"0": [1], "1": [2]}
    assert read_all(opened(path, "1,2\n3,4\n", header=True)) == {"1": [3], "2": [4]}
    assert read_all(opened(path, "0,5\n1,5\n", decimal=",")) == {"0": [0.5, 1.5]}
    assert read_all(opened(path, "rig 7\n\nx,y\n1,2\n", skip_rows=1)) == {"x": [1], "y": [2]}


@pytest.mark.parametrize(
    "bad",
    [
        {"delimiter": ";;"},
        {"delimiter": '"'},
        {"delimiter": ",", "decimal": ","},
        {"decimal": "x"},
        {"skip_rows": -1},
    ],
)
def test_impossible_options_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        ReadOptions(**bad)  # type: ignore[arg-type]


def test_blank_and_not_finite_values_pass_through(tmp_path: Path) -> None:
    text = "a,b\n1,\n,inf\nNaN,-inf\nN/A, nan\n"
    columns = read_all(opened(tmp_path / "a.csv", text))
    np.testing.assert_array_equal(columns["a"], [1, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(columns["b"], [np.nan, np.inf, -np.inf, np.nan])


def test_text_among_numbers_is_named_by_line_and_column(tmp_path: Path) -> None:
    rows = [f"{i},{i}" for i in range(200)]
    rows[120] = "120,oops"
    source = opened(tmp_path / "bad.csv", "n,vib\n" + "\n".join(rows))
    assert source.read("n", 0, 200).size == 200
    assert source.read("vib", 0, 120).size == 120
    for _ in range(2):
        with pytest.raises(
            RecordingError, match=r"bad\.csv: line 122, column 'vib': 'oops' is not"
        ):
            source.read("vib", 100, 150)
    source.close()


def test_line_numbers_hold_beyond_the_first_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_blocks, "BLOCK_BYTES", 64)
    rows = [f"{i},{i}" for i in range(100)]
    rows[77] = "77,1_000"
    source = opened(tmp_path / "bad.csv", "a,b\r\n\r\n" + "\r\n".join(rows))
    with pytest.raises(RecordingError, match=r"line 80, column 'b': '1_000' is not a number"):
        source.read("b", 0, EVERY)
    source.close()


def test_a_row_cut_short_is_named(tmp_path: Path) -> None:
    source = opened(tmp_path / "cut.csv", "1,2,3\n4,5,6\n7,8")
    assert source.read("1", 0, EVERY).tolist() == [2, 5, 8]
    with pytest.raises(RecordingError, match=r"cut\.csv: line 3 ends before column '2'"):
        source.read("2", 0, EVERY)
    source.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n", "a header but no rows"),
        ("\n\n \n", "holds no rows"),
        ("dear reader,\nthis is no table.\n", "no column of numbers"),
        ("a,b\n1,2,3\n4,5,6\n", "names 2 columns but rows have 3"),
        ("1,2\n" * 300 + "\0" * 4096, "null bytes"),
        ("1," * 5000 + "1\n", "5001 columns"),
        ("1" * (5 << 20), "longer than 4 MB"),
        ("\x01\x02\x03,1\n", "binary and of no known format"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RecordingError, match=rf"a\.csv: .*{said}"):
        read_all(opened(tmp_path / "a.csv", text))


def test_utf16_and_latin_headers(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is UTF-16 text; save it as UTF-8"):
        opened(tmp_path / "a.csv", "a,b\n1,2\n".encode("utf-16"))
    source = opened(tmp_path / "b.csv", "t (°C);x [m/s²]\n1;2\n".encode("latin-1"))
    assert [(c.name, c.unit) for c in source.columns] == [("t (°C)", "°C"), ("x [m/s²]", "m/s²")]
    source.close()


@pytest.mark.parametrize("cut", [round, math.floor])
@pytest.mark.parametrize(
    ("rate_hz", "unit"),
    [(128_000, 1e5), (12_800, 1e4), (22_050, 1e4), (250_000, 1e5), (133.3, 1e2)],
)
def test_rate_from_times_rounded_to_more_than_their_step(
    tmp_path: Path, rate_hz: float, unit: float, cut: Callable[[float], int]
) -> None:
    rows = [f"{cut((3.7 + i / rate_hz) * unit) / unit:.6f},{i % 7}" for i in range(5000)]
    assert any(a.split(",")[0] == b.split(",")[0] for a, b in pairwise(rows))

    def said(count: int) -> float | None:
        with closing(opened(tmp_path / "a.csv", "\n".join(["time,x", *rows[:count]]))) as source:
            return source.columns[-1].rate_hz

    assert said(5000) == pytest.approx(rate_hz, rel=1e-4)
    assert said(12) is None


@pytest.mark.parametrize(
    ("header", "times", "rate_hz"),
    [
        ("time", ["0", "0.00005", "0.0001", "0.00015"], 20_000.0),
        ("t [ms]", ["0", "0.5", "1.0", "1.5"], 2_000.0),
        ("Time_us", ["10", "20", "30", "40"], 100_000.0),
        (
            "datetime",
            [f"2020-02-08 13:30:{second}" for second in (47, 48, 50, 51)],
            1.0,
        ),
        ("timestamp", ["2020-02-08T13:30:47.250Z", "2020-02-08T13:30:47.500Z"], 4.0),
        ("time", ["0.000", "0.002", "0.003", "0.005", "0.007", "0.008", "0.010"], 600.0),
        ("time", ["0", "0", "0", "0"], None),
        ("time", ["3", "2", "1"], None),
        ("time", ["monday", "tuesday"], None),
        ("temperature", ["1", "2", "3"], None),
        ("time", ["1"], None),
    ],
)
def test_rate_from_a_time_column(
    tmp_path: Path, header: str, times: list[str], rate_hz: float | None
) -> None:
    text = f"{header};x\n" + "".join(f"{time};1.5\n" for time in times)
    source = opened(tmp_path / "a.csv", text)
    assert {column.rate_hz for column in source.columns} == {rate_hz}
    source.close()


FLOATS = st.floats(allow_nan=False, width=64)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=40),
    delimiter=st.sampled_from([",", ";", "\t", " "]),
    packed=st.booleans(),
    cuts=st.lists(st.integers(0, 40), min_size=2, max_size=8),
)
def test_any_slice_in_any_order_is_exact(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[float, float]],
    delimiter: str,
    packed: bool,
    cuts: list[int],
) -> None:
    text = "\n".join(f"{a!r}{delimiter}{b!r}" for a, b in rows).encode()
    path = tmp_path_factory.mktemp("text") / "a"
    source = opened(path, gzip.compress(text) if packed else text)
    with pytest.MonkeyPatch.context() as patch, closing(source):
        patch.setattr(line_blocks, "BLOCK_BYTES", 50)
        for start, stop in pairwise(cuts):
            for index in (0, 1):
                expected = [row[index] for row in rows[start:stop]]
                assert source.read(str(index), start, stop).tolist() == expected


def test_a_long_table_streams_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv.gz"
    block = "".join(f"{i},{i / 8}\n" for i in range(20_000)).encode()
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(25):
            file.write(block)
    source = open_source(path)
    source.read("1", 0, 10)
    tracemalloc.start()
    seen = 0
    while (part := source.read("0", seen, seen + 5000)).size:
        assert part[0] == seen % 20_000
        np.testing.assert_array_equal(source.read("1", seen, seen + 5000), part / 8)
        seen += part.size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen == 25 * 20_000
    assert peak < 8 * line_blocks.BLOCK_BYTES
    assert source.read("0", 30_000, 30_002).tolist() == [10_000, 10_001]
    source.close()


def test_hex_dump_is_little_endian_pairs(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.txt", "FFFFFFFF\r\n18009D07\r\n1700C606FFFFFF7F\r\n")
    assert read_all(source) == {"0": [24, 23, -1], "1": [1949, 1734, 32767]}
    write_hexdump(tmp_path / "b.txt")
    source = open_source(tmp_path / "b.txt")
    expected = (100 * noise(ROWS, 2)).astype("<i2")
    np.testing.assert_array_equal(source.read("1", 40, 140), expected[40:140, 1])
    source.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [("FFFFFFFF\n18009D\n", "ends within a pair"), ("FFFFFFFF\n1800\n9Dxy\n", "line 3 is not hex")],
)
def test_damaged_hex_dumps_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RecordingError, match=rf"a\.txt: .*{said}"):
        read_all(opened(tmp_path / "a.txt", text))


def archive(path: Path, members: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            file.addfile(member, io.BytesIO(text.encode()))
    return path


def test_archived_snapshots_join_in_order(tmp_path: Path) -> None:
    members = {"README": "hello", "a/1.csv": "1, 2\n3, 4\n", "a/0.csv": "5, 6\n7, 8\n"}
    path = archive(tmp_path / "a.tar.gz", members)
    source = open_source(path)
    assert dict(source.scalars) == {"snapshot_samples": 2.0}
    assert source.read("1", 1, 3).tolist() == [4, 6]
    assert read_all(source) == {"0": [1, 3, 5, 7], "1": [2, 4, 6, 8]}
    assert [child.name for child in tmp_path.iterdir()] == ["a.tar.gz"]


def test_archives_that_cannot_be_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uneven = archive(tmp_path / "a.tar.gz", {"0.csv": "1\n2\n", "1.csv": "3\n"})
    with pytest.raises(RecordingError, match=r"a\.tar\.gz/1\.csv: has 1 rows, the first snap"):
        read_all(open_source(uneven))
    with pytest.raises(RecordingError, match="holds no rows"):
        open_source(archive(tmp_path / "b.tar.gz", {"x.bin": "1\n"}))
    monkeypatch.setattr(tar_snapshots, "LIMIT_BYTES", 3)
    with pytest.raises(RecordingTooLarge, match=r"unpack it first: tar -xf a\.tar\.gz"):
        open_source(uneven)
