"""Real recordings: every data set opens, with the columns, lengths and rates its makers state."""

from contextlib import closing
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from sensors.recordings.opening import open_source

FEW = 4


@dataclass(frozen=True, slots=True)
class Expected:
    """What every file of a data set has: a column, its length, rate and greatest magnitude."""

    files: str
    column: str
    samples: tuple[int, int]
    columns: int
    most: float
    rate_hz: float | None = None


SETS = {
    "adi_motor_vib": Expected("*.csv.gz", "3", (40_000, 40_000), 4, 3.3),
    "bldc_iq_unbalance": Expected("*.csv", "RPM", (9_600, 9_700), 2, 5_000),
    "ceiling_fan_accel": Expected("*.tar.gz", "2", (6_000, 6_000), 3, 4),
    "compressor_audio": Expected("*/*.wav", "0", (96_000, 96_000), 1, 1, 48_000),
    "cwru": Expected("*.mat", "X*_DE_time", (121_000, 245_000), 2, 10),
    "fan_state_audio": Expected("*.wav", "0", (200_000, 520_000), 1, 1, 16_000),
    "femto": Expected("*/acc_*.csv", "5", (2_560, 2_560), 6, 60),
    "femto_npz": Expected("*.npz", "acceleration_g[1]", (2_560 * 100, 2_560 * 800), 6, 60),
    "hfhad_appliance_iv": Expected("*/*.txt.gz", "1", (19_199, 19_201), 2, 6_000),
    "hit_sm_bearing": Expected("*.mat", "*", (262_144, 262_144), 1, 100),
    "ims_1st_test_start": Expected("*.gz", "7", (20_480, 20_480), 8, 5),
    "ims_excerpt": Expected("*.mat", "data", (122_880, 122_880), 1, 10),
    "ims_raw": Expected("200*", "3", (20_480, 20_480), 4, 10),
    "itsc": Expected("*/*.csv", "2", (1_000, 1_000), 3, 10),
    "lea_pmsm_temp": Expected("*.csv", "stator_winding", (1_500, 1_500), 11, 10),
    "mafaulda_decimated": Expected("*.csv", "Microphone", (1_900, 2_500), 8, 5),
    "mcsa_misalignment": Expected("*.csv.gz", "low_res", (12_800, 12_800), 6, 1),
    "mfpt": Expected("*.mat", "bearing.gs", (146_484, 146_484), 1, 60),
    "mimii_fan_clip": Expected("*.wav", "7", (160_000, 160_000), 8, 1, 16_000),
    "motor_sounds_5class": Expected("*.wav", "0", (264_600, 264_601), 1, 1, 44_100),
    "plaid_one_cycle": Expected("*.npz", "current_A", (62_500, 62_500), 4, 100),
    "skab": Expected("*/*.csv", "Voltage", (700, 9_405), 8, 400, 1),
    "uestc_bearing": Expected("*.mat", "Data", (139_264, 139_264), 1, 50),
}


def few(folder: Path, pattern: str) -> list[Path]:
    """Return some files of a data set, spread over it, the same ones every time."""
    files = sorted(folder.glob(pattern))
    return files[:: max(1, len(files) // FEW)]


def fits(name: str, wanted: str) -> bool:
    return name == wanted or fnmatch(name, wanted)


@pytest.mark.parametrize("name", SETS)
def test_a_data_set_reads_as_its_makers_state(data_dir: Path, name: str) -> None:
    expected = SETS[name]
    files = few(data_dir / name, expected.files)
    assert files
    for path in files:
        with closing(open_source(path)) as source:
            assert len(source.columns) >= expected.columns
            column = next(
                c
                for c in source.columns
                if Path(c.name).match(expected.column) or c.name == expected.column
            )
            values = source.read(column.name, 0, 1 << 40)
            assert column.rate_hz == expected.rate_hz
            assert column.samples in (None, values.size)
            assert expected.samples[0] <= values.size <= expected.samples[1], path
            assert np.isfinite(values).all()
            assert 0 < np.ptp(values) <= 2 * expected.most


def test_every_data_set_is_covered(data_dir: Path) -> None:
    assert {folder.name for folder in data_dir.iterdir() if folder.is_dir()} <= set(SETS)


def test_slices_join_to_the_whole(data_dir: Path) -> None:
    for name in ("cwru", "femto_npz", "adi_motor_vib", "fan_state_audio", "ceiling_fan_accel"):
        path = few(data_dir / name, SETS[name].files)[0]
        with closing(open_source(path)) as source:
            column = source.columns[0].name
            whole = source.read(column, 0, 1 << 40)
            cuts = range(0, whole.size + 3_000, 3_000)
            parts = [source.read(column, at, at + 3_000) for at in cuts]
            np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_speeds_and_rates_beside_the_samples(data_dir: Path) -> None:
    def scalars(path: str) -> dict[str, float]:
        with closing(open_source(data_dir / path)) as source:
            return dict(source.scalars)

    assert scalars("cwru/12k_Drive_End__IR_007_105_0.mat") == {"X105RPM": 1797.0}
    mfpt = scalars("mfpt/InnerRaceFault_vload_2.mat")
    assert (mfpt["bearing.sr"], mfpt["bearing.rate"], mfpt["bearing.load"]) == (48828, 25, 50)
    assert scalars("uestc_bearing/N_1000_5.mat")["SampleFrequency"] == 20_000
    femto = scalars("femto_npz/Bearing1_3.npz")
    assert (femto["rate_hz"], femto["acceleration_g.snapshot_samples"]) == (25_600, 2_560)
    assert scalars("plaid_one_cycle/plaid_submetered_cycles.npz")["fs_hz"] == 30_000


def test_appliance_voltage_is_a_mains_cycle_of_128_samples(data_dir: Path) -> None:
    with closing(open_source(data_dir / "hfhad_appliance_iv/fridge/1.txt.gz")) as source:
        volts = source.read("1", 0, 1 << 40)
    spectrum = np.abs(np.fft.rfft(volts[: 128 * 149]))
    assert int(np.argmax(spectrum)) == 149
