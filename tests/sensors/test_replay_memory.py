"""However long a recording is, its replay holds a window and a block of the file, no more."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sensors.reader import captures
from sensors.recordings.library import load_recordings
from sensors.replay import ReplayReader

RATE_HZ = 1000
CHANNEL = '{ column = "%s", name = "v", sense = "vibration", unit = "1" }'
# A window of 10,000 float32 is 40 kB; a block of 1 MB of text with its rows is held beside it.
BOUND_BYTES = 24_000_000


def write_text(folder: Path, samples: int) -> str:
    line = b"0.123456\n"
    with (folder / "long.csv").open("wb") as file:
        for _ in range(samples // 1000):
            file.write(line * 1000)
    return "0"


def write_flac(folder: Path, samples: int) -> str:
    soundfile = pytest.importorskip("soundfile")
    ramp = (np.arange(100_000) % 200 - 100).astype(np.int16)
    with soundfile.SoundFile(folder / "long.flac", "w", RATE_HZ, 1) as file:
        for _ in range(samples // ramp.size):
            file.write(ramp)
    return "0"


def write_npz(folder: Path, samples: int) -> str:
    np.savez(folder / "long.npz", v=np.zeros(samples, np.float32))
    return "v"


@pytest.mark.parametrize("write", [write_text, write_flac, write_npz])
def test_replay_does_not_grow(tmp_path: Path, write: Callable[[Path, int], str]) -> None:
    samples = 8_000_000
    column = write(tmp_path, samples)
    (tmp_path / "manifest.toml").write_text(
        f'schema = 1\nname = "long"\n[[recordings]]\nfiles = "long.*"\nrate_hz = {RATE_HZ}\n'
        f"channels = [{CHANNEL % column}]\n"
    )
    (source,) = load_recordings([tmp_path])
    reader = ReplayReader(source, window_s=10.0, hop_s=10.0)
    reader.read()  # libraries that a format needs are loaded now
    tracemalloc.start()
    try:
        windows = sum(1 for _ in captures(reader))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        reader.close()
    assert windows == samples // RATE_HZ // 10 - 1
    assert peak < BOUND_BYTES < samples * 4
