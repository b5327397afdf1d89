"""MATLAB, HDF5 and NumPy files: names, shapes, types and values against their own libraries."""

import re
import shlex
import struct
import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.source_files import (
    ROWS,
    noise,
    write_compressed_matlab,
    write_matlab,
    write_matlab73,
    write_npz,
)
from typer.testing import CliRunner

from app.cli.main import app
from sensors.errors import MissingChannel, OutputError, RecordingError, RecordingTooLarge
from sensors.recordings import matlab, npz
from sensors.recordings.opening import open_source
from sensors.recordings.stream_copy import stream_copy

EVERY = 1 << 60


def everything(path: Path) -> dict[str, np.ndarray]:
    source = open_source(path)
    columns = {c.name: source.read(c.name, 0, EVERY) for c in source.columns}
    assert [c.samples for c in source.columns] == [v.size for v in columns.values()]
    source.close()
    return columns


@pytest.mark.parametrize("compressed", [False, True])
def test_matlab_v5_names_values_and_scalars(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / "a.mat"
    write_matlab(path, compressed)
    columns = everything(path)
    assert list(columns) == ["x[0]", "x[1]", "x[2]", "bearing.gs", "bearing.deep.k"]
    oracle = scipy.io.loadmat(path, simplify_cells=True)
    np.testing.assert_array_equal(columns["x[1]"], oracle["x"][:, 1])
    np.testing.assert_array_equal(columns["bearing.gs"], oracle["bearing"]["gs"])
    assert dict(open_source(path).scalars) == {
        "rpm": 1797.0,
        "bearing.sr": 48828.0,
        "bearing.load": 50.0,
    }


@settings(max_examples=40, deadline=None)
@given(
    values=hnp.arrays(
        st.sampled_from(["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "u8", "i8", "?"]),
        st.tuples(st.integers(2, 40), st.integers(1, 5)),
        elements=st.integers(0, 1),
    ),
    compressed=st.booleans(),
)
def test_matlab_v5_agrees_with_scipy(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, compressed: bool
) -> None:
    path = tmp_path_factory.mktemp("mat") / "a.mat"
    scipy.io.savemat(path, {"x": values, "s": {"y": values.T}}, do_compression=compressed)
    oracle = scipy.io.loadmat(path)["x"]
    longer, shorter = max(values.shape), min(values.shape)
    upright = oracle if oracle.shape[0] > oracle.shape[1] else oracle.T
    columns = everything(path)
    for name in ("x", "s.y"):
        for index in range(shorter):
            read = columns[name if shorter == 1 else f"{name}[{index}]"]
            assert read.size == longer
            if longer != shorter:
                np.testing.assert_array_equal(read, upright[:, index].astype(float))


def test_matlab_struct_arrays_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "paderborn.mat"
    sensors = np.zeros((1, 2), dtype=[("Name", "O"), ("Data", "O")])
    for index, name in enumerate(("force", "vibration_1")):
        sensors[0, index] = (name, noise(1, ROWS) + index)
    scipy.io.savemat(path, {"N15": {"Y": sensors}})
    columns = everything(path)
    assert list(columns) == ["N15.Y[0].Data", "N15.Y[1].Data"]
    np.testing.assert_array_equal(columns["N15.Y[1].Data"], noise(ROWS) + 1)


def test_big_endian_matlab(tmp_path: Path) -> None:
    def element(kind: int, data: bytes) -> bytes:
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    samples = noise(ROWS)
    parts = [
        element(6, struct.pack(">II", 6, 0)),
        element(5, struct.pack(">ii", 1, ROWS)),
        element(1, b"x"),
        element(9, samples.astype(">f8").tobytes()),
    ]
    path = tmp_path / "a.mat"
    path.write_bytes(
        b"from a big-endian machine".ljust(124) + b"\x01\x00MI" + element(14, b"".join(parts))
    )
    np.testing.assert_array_equal(scipy.io.loadmat(path)["x"].reshape(-1), samples)
    np.testing.assert_array_equal(everything(path)["x"], samples)


def test_matlab_complex_values_are_no_column(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"x": np.arange(5.0), "c": np.arange(5) * 1j})
    assert list(everything(path)) == ["x"]


def test_matlab_v5_above_the_limit_says_how_to_convert(tmp_path: Path) -> None:
    path = tmp_path / "long.mat"
    write_matlab(path)
    with path.open("r+b") as file:
        file.truncate(matlab.LIMIT_BYTES + 1)
    with pytest.raises(RecordingTooLarge, match="motorwatch convert"):
        open_source(path)


def test_matlab_v5_that_unpacks_beyond_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "packed.mat"
    scipy.io.savemat(path, {"x": np.zeros(200_000)}, do_compression=True)
    monkeypatch.setattr(matlab, "LIMIT_BYTES", 100_000)
    assert path.stat().st_size < 10_000
    with pytest.raises(RecordingTooLarge):
        open_source(path)


@pytest.mark.parametrize("write", [write_matlab, write_compressed_matlab])
def test_the_advice_for_large_matlab_files_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]
) -> None:
    path = tmp_path / "a user's long.mat"
    write(path)
    asked = everything(path)
    monkeypatch.setattr(matlab, "LIMIT_BYTES", 1000)
    with pytest.raises(RecordingTooLarge) as refused:
        open_source(path)
    move, _, rest = re.search(r"(mv .*) ; or in MATLAB", str(refused.value))[1].partition(" && ")
    subprocess.run(move, shell=True, check=True)
    command = shlex.split(rest)
    assert command[0] == "motorwatch"
    assert CliRunner().invoke(app, command[1:]).exit_code == 0
    given = everything(path)
    assert set(given) == set(asked)
    for name, values in asked.items():
        np.testing.assert_array_equal(given[name], values)


def test_what_needs_no_converting_and_what_is_there_already_are_refused(tmp_path: Path) -> None:
    path, beside = tmp_path / "a.mat", tmp_path / "b.mat"
    write_matlab73(path)
    with pytest.raises(RecordingError, match="no MATLAB v5 file"):
        stream_copy(path, beside)
    write_matlab(beside)
    with pytest.raises(OutputError, match="already there"):
        stream_copy(beside, path)
    with pytest.raises(RecordingError, match="missing"):
        stream_copy(tmp_path / "missing.mat", tmp_path / "c.mat")


def test_matlab_v4_and_text_named_mat_say_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "old.mat"
    scipy.io.savemat(path, {"x": np.arange(5.0)}, format="4")
    with pytest.raises(RecordingError, match=r"old\.mat: does not begin as a \.mat file must"):
        open_source(path)


def test_matlab73_names_values_and_scalars(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    write_matlab73(path)
    columns = everything(path)
    assert set(columns) == {"x[0]", "x[1]", "x[2]", "z", "bearing.gs"}
    np.testing.assert_array_equal(columns["x[2]"], noise(3, ROWS)[2])
    assert dict(open_source(path).scalars) == {"bearing.sr": 48828.0, "bearing.load": 50.0}


def test_matlab73_reads_nothing_outside_the_file(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = noise(ROWS)
    (tmp_path / "raw.bin").write_bytes(noise(ROWS).tobytes())
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["own"] = noise(ROWS)
        file["soft"] = h5py.SoftLink("/own")
        file["link"] = h5py.ExternalLink("secret.h5", "/x")
        raw = [(str(tmp_path / "raw.bin"), 0, ROWS * 8)]
        file.create_dataset("stored_elsewhere", (ROWS,), "f8", external=raw)
        layout = h5py.VirtualLayout((ROWS,), "f8")
        layout[:] = h5py.VirtualSource(tmp_path / "secret.h5", "x", (ROWS,))
        file.create_virtual_dataset("virtual", layout)
        file["#refs#/a"] = noise(ROWS)
        file["loop"] = file["/"]
    assert list(everything(tmp_path / "a.h5")) == ["own"]


def test_npz_snapshots_join_and_tell_their_length(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    snapshots = noise(7, 2, 2560).astype(np.float32)
    np.savez(path, acceleration_g=snapshots, file_number=np.arange(7), empty=np.empty(0), rate=2.5)
    columns = everything(path)
    assert list(columns) == ["acceleration_g[0]", "acceleration_g[1]", "file_number", "empty"]
    np.testing.assert_array_equal(columns["acceleration_g[1]"], snapshots[:, 1].reshape(-1))
    assert columns["acceleration_g[1]"].dtype == np.float32
    source = open_source(path)
    assert dict(source.scalars) == {"rate": 2.5, "acceleration_g.snapshot_samples": 2560.0}
    part = source.read("acceleration_g[0]", 2500, 7700)
    np.testing.assert_array_equal(part, snapshots[:, 0].reshape(-1)[2500:7700])


def test_npz_orders_layouts_and_types(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    tall, wide = noise(ROWS, 3), noise(90, 500)
    content = {"tall": np.asfortranarray(tall), "flat": tall.T, "rows": wide, "big": tall[:, 0]}
    content["big"] = content["big"].astype(">f8")
    np.savez(path, half=tall[:, 0].astype(np.float16), flags=tall[:, 0] > 0, **content)
    columns = everything(path)
    np.testing.assert_array_equal(columns["tall[2]"], tall[:, 2])
    np.testing.assert_array_equal(columns["flat[2]"], tall[:, 2])
    np.testing.assert_array_equal(columns["rows"], wide.reshape(-1))
    np.testing.assert_array_equal(columns["big"], tall[:, 0])
    assert columns["half"].dtype == columns["flags"].dtype == np.float32
    assert columns["tall[0]"].dtype == np.float64
    assert open_source(path).scalars["rows.snapshot_samples"] == 500.0


def test_npz_object_arrays_are_never_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return exec, ("raise SystemExit('unpickled')",)

    np.savez(tmp_path / "a.npz", trap=np.array([Trap()], dtype=object), x=np.arange(5.0))
    assert list(everything(tmp_path / "a.npz")) == ["x"]
    np.savez(tmp_path / "b.npz", trap=np.array([Trap()], dtype=object))
    with pytest.raises(RecordingError, match="holds no numeric series"):
        open_source(tmp_path / "b.npz")


def test_compressed_npz_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "packed.npz"
    np.savez_compressed(path, x=np.zeros(9_000), y=np.zeros(9_000))
    monkeypatch.setattr(npz, "LIMIT_BYTES", 100_000)
    source = open_source(path)
    assert source.read("x", 0, 10).size == 10
    with pytest.raises(RecordingTooLarge, match=r"numpy\.savez\('packed_plain\.npz'"):
        source.read("y", 0, 10)


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_slices_of_a_large_array_take_memory_for_the_slice_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"large.{kind}"
    values = np.zeros((4_000_000, 2), np.float32)
    if kind == "npz":
        np.savez(path, x=values)
    else:
        with h5py.File(path, "w") as file:
            file.create_dataset("x", data=values, chunks=(10_000, 2))
    del values
    source = open_source(path)
    source.read("x[1]", 0, 10)
    tracemalloc.start()
    for start in range(0, 4_000_000, 400_000):
        assert source.read("x[1]", start, start + 1000).size == 1000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    source.close()
    assert peak < 1_000_000


def test_one_sample_is_a_column_and_one_number_a_scalar(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([3.0]), speed=np.array(1797.0))
    source = open_source(tmp_path / "a.npz")
    assert [(c.name, c.samples) for c in source.columns] == [("x", 1)]
    assert dict(source.scalars) == {"speed": 1797.0}


def test_nan_and_infinity_pass_through(tmp_path: Path) -> None:
    odd = np.array([1.0, np.nan, np.inf, -np.inf])
    np.savez(tmp_path / "a.npz", x=odd)
    scipy.io.savemat(tmp_path / "a.mat", {"x": odd})
    for name in ("a.npz", "a.mat"):
        np.testing.assert_array_equal(everything(tmp_path / name)["x"], odd)


def test_an_unknown_column_is_named_beside_the_known(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz")
    source = open_source(tmp_path / "a.npz")
    with pytest.raises(MissingChannel, match=r"a\.npz: no column 'y'; it has: x, acceleration_g"):
        source.read("y", 0, 1)
    source.close()
    with pytest.raises(RecordingError):
        source.read("x", 0, 1)
