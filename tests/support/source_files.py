"""A small valid recording file of each format, for tests of the readers."""

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import h5py
import nptdms
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.io
import soundfile

ROWS = 300
RATE_HZ = 8000


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).standard_normal(shape)


def write_matlab(path: Path, compressed: bool = False) -> None:
    cells = np.array([1, "a", np.arange(3)], dtype=object)
    nested = {"gs": noise(ROWS, 1), "sr": 48828, "load": "50", "deep": {"k": np.arange(9.0)}}
    content = {"x": noise(ROWS, 3), "rpm": 1797, "bearing": nested, "cells": cells}
    scipy.io.savemat(path, content, do_compression=compressed)


def write_compressed_matlab(path: Path) -> None:
    write_matlab(path, compressed=True)


def write_matlab73(path: Path) -> None:
    with h5py.File(path, "w", userblock_size=512) as file:
        file["x"] = noise(3, ROWS)
        file.create_dataset("z", data=noise(ROWS, 1), chunks=(50, 1), compression="gzip")
        file.create_group("bearing")["gs"] = noise(1, ROWS)
        file["bearing"]["sr"] = [[48828.0]]
        load = file["bearing"].create_dataset("load", data=np.array([[53], [48]], np.uint16))
        load.attrs["MATLAB_class"] = np.bytes_("char")


def write_tdms(path: Path) -> None:
    properties = {"wf_increment": 1 / RATE_HZ, "unit_string": "g"}
    with path.open("wb") as file, nptdms.TdmsWriter(file) as writer:
        for _ in range(2):
            half = noise(ROWS // 2)
            counts = np.arange(ROWS // 2, dtype=np.int16)
            writer.write_segment(
                [
                    nptdms.RootObject({"speed_rpm": 1797.0}),
                    nptdms.ChannelObject("rig", "vib", half, properties),
                    nptdms.ChannelObject("rig", "counts", counts),
                ]
            )


def write_audio(path: Path) -> None:
    kind = path.suffix[1:].upper()
    sound = np.clip(noise(ROWS, 2) / 4, -1, 1)
    soundfile.write(path, sound, RATE_HZ, format=kind, subtype="PCM_16")


def write_npz(path: Path) -> None:
    np.savez(path, x=noise(ROWS), acceleration_g=noise(4, 2, 30), rate_hz=25600.0)


def write_compressed_npz(path: Path) -> None:
    np.savez_compressed(path, x=noise(ROWS), acceleration_g=noise(4, 2, 30), rate_hz=25600.0)


def write_parquet(path: Path) -> None:
    table = pa.table({"x": noise(ROWS), "n": np.arange(ROWS), "time": np.arange(ROWS) / RATE_HZ})
    pq.write_table(table, path, row_group_size=ROWS // 3)


def csv_bytes(delimiter: str = ";", end: str = "\r\n") -> bytes:
    rows = [f"{i / RATE_HZ:.6f}{delimiter}{v:.4f}" for i, v in enumerate(noise(ROWS))]
    return (end.join([f"time{delimiter}x (g)", *rows]) + end).encode()


def write_csv(path: Path) -> None:
    path.write_bytes(csv_bytes())


def write_columns(path: Path) -> None:
    path.write_bytes(csv_bytes("   ", "\n").split(b"\n", 1)[1])


def write_csv_gz(path: Path) -> None:
    path.write_bytes(gzip.compress(csv_bytes()))


def write_tar(path: Path) -> None:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for number in range(3):
            text = "".join(f"{a:.3f}, {b:.3f}\n" for a, b in noise(20, 2)).encode()
            member = tarfile.TarInfo(f"run/{number:04d}.csv")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))


def write_hexdump(path: Path) -> None:
    pairs = (100 * noise(ROWS, 2)).astype("<i2").tobytes().hex().upper()
    lines = [pairs[at : at + 80] for at in range(0, len(pairs), 80)]
    path.write_text("\r\n".join(["FFFFFFFF", *lines]) + "\r\n", newline="")


WRITERS: dict[str, Callable[[Path], None]] = {
    "v5.mat": write_matlab,
    "v7.mat": write_compressed_matlab,
    "v73.mat": write_matlab73,
    "a.tdms": write_tdms,
    "a.wav": write_audio,
    "a.flac": write_audio,
    "plain.npz": write_npz,
    "packed.npz": write_compressed_npz,
    "a.parquet": write_parquet,
    "a.csv": write_csv,
    "2004.02.12.10.42.39": write_columns,
    "a.csv.gz": write_csv_gz,
    "a.tar": write_tar,
    "a.tar.gz": write_tar,
    "dump.txt": write_hexdump,
}
