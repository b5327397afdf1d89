"""Ready manifests of public data sets, on tiny files laid out as their owners lay them out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from sensors.conditions import parse_labels
from sensors.recordings.library import checksum_failures, load_recordings
from sensors.recordings.manifest import load_manifest
from sensors.recordings.recording import Recording

Writer = Callable[[Path], None]
ROWS = 40


def table(columns: int, delimiter: str = ",", header: str | None = None) -> Writer:
    def write(path: Path) -> None:
        values = np.arange(ROWS * columns, dtype=float).reshape(ROWS, columns) / 7
        lines = [delimiter.join(f"{value:.4f}" for value in row) for row in values]
        path.write_text("\n".join([*([header] if header else []), *lines]) + "\n")

    return write


def matlab(**variables: object) -> Writer:
    return lambda path: scipy.io.savemat(path, dict(variables))


def paderborn(path: Path) -> None:
    names = ("force", "phase_current_1", "phase_current_2", "speed", "temp_2_bearing_module",
             "torque", "vibration_1")  # fmt: skip
    series = np.zeros((1, len(names)), dtype=[("Name", object), ("Data", object)])
    for number, name in enumerate(names):
        samples = {"force": 8, "speed": 8, "torque": 8, "temp_2_bearing_module": 2}.get(name, 128)
        series[0, number] = (name, np.full((1, samples), float(number)))
    axes = np.zeros((1, 1), dtype=[("Data", object)])
    axes[0, 0] = (np.arange(128.0)[None, :],)
    scipy.io.savemat(path, {path.stem: {"X": axes, "Y": series}})


def simcenter(channels: int) -> Writer:
    values = np.arange(ROWS * channels, dtype=float).reshape(ROWS, channels)
    return matlab(Signal={"x_values": {"increment": 1.0}, "y_values": {"values": values}})


def flexlogger(path: Path) -> None:
    nptdms = pytest.importorskip("nptdms")
    empty = {"Mod2/ai2", "Mod2/ai3"} if "BPFO" in path.name else set()
    channels = [
        nptdms.ChannelObject("Log", f"cDAQ9185-1F486B5{name}", np.ones(0 if name in empty else 16))
        for name in ("Mod1/ai0", "Mod1/ai1", "Mod2/ai0", "Mod2/ai2", "Mod2/ai3")
    ]
    with nptdms.TdmsWriter(path) as writer:
        writer.write_segment(channels)


def uored(path: Path) -> None:
    values = np.zeros((ROWS, 5))
    values[0, 2:4] = 1749.0, 400.0
    scipy.io.savemat(path, {path.stem: values})


def cwru(number: int, *, rpm: float | None = 1796.0, ends: str = "DE FE") -> Writer:
    series = {f"X{number:03d}_{end}_time": np.ones((ROWS, 1)) for end in ends.split()}
    return matlab(**series, **({} if rpm is None else {f"X{number:03d}RPM": np.array([[rpm]])}))


def mfpt(path: Path) -> None:
    content = {"sr": 97656.0, "gs": np.ones((ROWS, 1)), "load": 270.0, "rate": 25.0}
    scipy.io.savemat(path, {"bearing": content})


@dataclass(frozen=True)
class Example:
    manifest: str
    path: str
    write: Writer
    labels: tuple[str, ...] | None
    unit: str
    facts: Mapping[str, object] = field(default_factory=dict)


XJTU = table(2, header="Horizontal_vibration_signals,Vertical_vibration_signals")
EXAMPLES = [
    Example("paderborn", "K001/K001/N15_M07_F10_K001_1.mat", paderborn, ("healthy",), "K001",
            {"speed_rpm": 1500.0, "bearing": "6203 IBU", "rate_hz": 64000.0}),
    Example("paderborn", "KA04/N09_M07_F10_KA04_20.mat", paderborn, ("bearing_outer_race",), "KA04",
            {"speed_rpm": 900.0, "bearing": "6203 FAG"}),
    Example("paderborn", "KA30/N15_M01_F10_KA30_3.mat", paderborn, ("bearing_outer_race",), "KA30",
            {"bearing": "6203 MTK"}),
    Example("paderborn", "KI18/N15_M07_F04_KI18_7.mat", paderborn, ("bearing_inner_race",), "KI18",
            {"bearing": "6203 MTK"}),
    Example("paderborn", "KI05/N15_M07_F04_KI05_7.mat", paderborn, ("bearing_inner_race",), "KI05",
            {"bearing": "6203 IBU"}),
    Example("paderborn", "KB24/N15_M07_F04_KB24_7.mat", paderborn,
            ("bearing_inner_race", "bearing_outer_race"), "KB24", {"bearing": "6203 FAG"}),
    Example("xjtu_sy", "XJTU-SY_Bearing_Datasets/37.5Hz11kN/Bearing2_3/7.csv", XJTU, None,
            "Bearing2_3", {"speed_rpm": 2250.0, "bearing": "UER204 LDK", "t0_s": 420.0,
                           "run_to_failure": True, "motor_id": "xjtu_sy-Bearing2_3"}),
    Example("xjtu_sy", "40Hz10kN/Bearing3_1/2538.csv", XJTU, None, "Bearing3_1",
            {"speed_rpm": 2400.0, "t0_s": 152280.0}),
    Example("ims", "IMS/1st_test/2003.10.22.12.06.24", table(8, "\t"), None, "test 1",
            {"channels": 8, "bearing": "ZA-2115 REXNORD", "run_to_failure": True, "clock": "utc"}),
    Example("ims", "IMS/2nd_test/2004.02.12.10.32.39", table(4, "\t"), None, "test 2",
            {"channels": 4, "run_to_failure": True, "t0_s": 1076581959.0}),
    Example("ims", "IMS/2nd_test/2004.02.19.06.22.39", table(4, "\t"), ("stopped",), "stopped",
            {"run_to_failure": False}),
    Example("ims", "IMS/3rd_test/4th_test/txt/2004.04.04.19.01.57", table(4, "\t"), None, "test 3",
            {"run_to_failure": True}),
    Example("ims", "IMS/4th_test/txt/2004.04.04.19.11.57", table(4, "\t"), None, "test 3",
            {"run_to_failure": False}),
    Example("femto_full", "Learning_set/Bearing1_1/acc_00010.csv", table(6), None, "Bearing1_1",
            {"speed_rpm": 1800.0, "bearing": "20x32x7 PRONOSTIA", "t0_s": 100.0}),
    Example("femto_full", "Full_Test_Set/Bearing3_3/temp_00002.csv", table(5, ";"), None,
            "Bearing3_3", {"speed_rpm": 1500.0, "rate_hz": 10.0, "run_to_failure": False}),
    Example("mafaulda", "normal/12.288.csv", table(8), ("healthy",), "normal",
            {"speed_rpm": 737.28, "bearing": "MAFAULDA", "channels": 8}),
    Example("mafaulda", "imbalance/6g/13.9264.csv", table(8), ("unbalance",), "imbalance-6g",
            {"severity": 6.0}),
    Example("mafaulda", "vertical-misalignment/0.51mm/20.csv", table(8), ("misalignment",),
            "vertical-misalignment-0.51mm", {"severity": 0.51, "speed_rpm": 1200.0}),
    Example("mafaulda", "underhang/outer_race/0g/13.5.csv", table(8), ("bearing_outer_race",),
            "underhang-outer_race"),
    Example("mafaulda", "overhang/cage_fault/35g/13.5.csv", table(8),
            ("bearing_cage", "unbalance"), "overhang-cage_fault", {"severity": 35.0}),
    Example("kaist", "vibration/0Nm_Normal.mat", simcenter(4), ("healthy",), "Normal",
            {"speed_rpm": 3010.0, "bearing": "6205 DDU NSK", "severity": 0.0, "channels": 4}),
    Example("kaist", "vibration/2Nm_BPFI_10.mat", simcenter(4), ("bearing_inner_race",), "BPFI_10",
            {"severity": 1.0}),
    Example("kaist", "vibration/4Nm_Unbalalnce_3318mg.mat", simcenter(4), ("unbalance",),
            "Unbalalnce_3318mg", {"severity": 3318.0}),
    Example("kaist", "acoustic/0Nm_BPFO_03.mat", simcenter(1), ("bearing_outer_race",), "BPFO_03",
            {"rate_hz": 51200.0, "channels": 1}),
    Example("kaist", "current,temp/2Nm_Misalign_05.tdms", flexlogger, ("misalignment",),
            "Misalign_05", {"rate_hz": 25608.0, "channels": 5, "severity": 0.5}),
    Example("kaist", "current,temp/2Nm_BPFO_30.tdms", flexlogger, ("bearing_outer_race",),
            "BPFO_30", {"channels": 3, "severity": 3.0}),
    Example("kaist_run_to_failure", "LogFile_2022-06-20-17-00-00.csv", table(4), None, "run 1",
            {"t0_s": 1655744400.0, "run_to_failure": True, "channels": 4}),
    Example("uored_vafcls", "1_Healthy/H_3_0.mat", uored, ("healthy",), "bearing 3",
            {"speed_rpm": 1749.0, "severity": 0.0, "rate_hz": 42000.0}),
    Example("uored_vafcls", "5_Cage_Faults/C_16_2.mat", uored, ("bearing_cage",), "bearing 16",
            {"severity": 2.0, "bearing": "6203ZZ NSK"}),
    Example("cwru_original", "100.mat", cwru(100), ("healthy",), "normal",
            {"rate_hz": 48000.0, "speed_rpm": 1796.0}),
    Example("cwru_original", "98.mat", cwru(98, rpm=None), ("healthy",), "normal",
            {"speed_rpm": 1772.0}),
    Example("cwru_original", "106.mat", cwru(106, ends="DE FE BA"), ("bearing_inner_race",),
            "IR-007", {"rate_hz": 12000.0, "severity": 7.0, "channels": 3,
                       "bearing": "6205-2RS JEM SKF"}),
    Example("cwru_original", "174.mat", cwru(173, rpm=None), ("bearing_inner_race",), "IR-014",
            {"rate_hz": 48000.0, "speed_rpm": 1797.0}),
    Example("cwru_original", "158.mat", cwru(158), ("bearing_outer_race",), "OR-007"),
    Example("cwru_original", "285.mat", cwru(285), ("bearing_rolling_element",), "FE-B-007",
            {"bearing": "6203-2RS JEM SKF"}),
    Example("cwru_original", "3007.mat", cwru(50, rpm=None, ends="DE"),
            ("bearing_rolling_element",), "B-028", {"speed_rpm": 1750.0, "channels": 1}),
    Example("mfpt", "1 - Three Baseline Conditions/baseline_1.mat", mfpt, ("healthy",),
            "baseline_1", {"rate_hz": 97656.0, "speed_rpm": 1500.0}),
    Example("mfpt", "3 - Seven More Outer Race Fault Conditions/OuterRaceFault_vload_1.mat", mfpt,
            ("bearing_outer_race",), "OuterRaceFault_vload_1"),
    Example("mfpt", "4 - Seven Inner Race Fault Conditions/InnerRaceFault_vload_7.mat", mfpt,
            ("bearing_inner_race",), "InnerRaceFault_vload_7"),
]  # fmt: skip
PUBLIC = sorted({example.manifest for example in EXAMPLES})


def load(example: Example, folder: Path) -> Recording:
    path = folder / example.path
    path.parent.mkdir(parents=True, exist_ok=True)
    example.write(path)
    (recording,) = load_recordings([folder], manifest=example.manifest)
    return recording


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.manifest}:{e.path}")
def test_original_layout_is_understood(example: Example, tmp_path: Path) -> None:
    recording = load(example, tmp_path)
    expected = None if example.labels is None else parse_labels(example.labels)
    assert recording.labels == expected
    assert recording.unit_id == example.unit
    seen = {
        "speed_rpm": recording.speed_rpm,
        "severity": recording.severity,
        "bearing": recording.motor.bearings[0].name,
        "rate_hz": recording.tracks[0].rate_hz,
        "channels": len(recording.tracks),
        "t0_s": recording.segments[0].t0_ns / 1e9,
        "run_to_failure": recording.run_to_failure,
        "motor_id": recording.motor.motor_id,
        "clock": recording.clock,
    }
    for name, wanted in example.facts.items():
        assert seen[name] == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


def test_healthy_of_two_files_keeps_its_own_series(tmp_path: Path) -> None:
    names = [f"X{number:03d}_{end}_time" for number in (98, 99) for end in ("DE", "FE")]
    both = {name: np.ones((ROWS, 1)) for name in names}
    example = Example("cwru_original", "99.mat", matlab(**both), ("healthy",), "normal")
    recording = load(example, tmp_path)
    assert [track.column for track in recording.tracks] == ["X099_DE_time", "X099_FE_time"]
    assert recording.speed_rpm == 1750.0


def test_every_cwru_file_is_described_once(tmp_path: Path) -> None:
    manifest = load_manifest("cwru_original")
    globs = [glob for entry in manifest.recordings for glob in entry.globs]
    assert len(globs) == len(set(globs)) == 161
    assert {f"**/{name}" for name in manifest.checksums} == set(globs)


def test_truncated_copies_of_femto_are_skipped(tmp_path: Path) -> None:
    for folder in ("Full_Test_Set", "Test_set"):
        path = tmp_path / folder / "Bearing1_3" / "acc_00001.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        table(6)(path)
    (recording,) = load_recordings([tmp_path], manifest="femto_full")
    assert "Full_Test_Set" in str(recording.path)


@pytest.mark.parametrize("name", PUBLIC)
def test_manifest_says_where_the_data_come_from(name: str) -> None:
    manifest = load_manifest(name)
    assert manifest.name == name
    for text in (manifest.title, manifest.source, manifest.licence, manifest.obtain):
        assert len(text) > 5
    assert all(len(sum_) == 64 and int(sum_, 16) >= 0 for sum_ in manifest.checksums.values())


def test_cwru_numbers_and_checksums_fit_real_recordings(data_dir: Path, tmp_path: Path) -> None:
    named = [path for path in (data_dir / "cwru").glob("*End_*.mat") if path.is_file()]
    for path in named:
        number = re.search(r"_(\d{3})_(?:6_)?\d\.mat$", path.name)
        assert number is not None
        (tmp_path / f"{number[1]}.mat").symlink_to(path)
    assert checksum_failures(load_manifest("cwru_original"), tmp_path) == ()
    by_number = load_recordings([tmp_path], manifest="cwru_original")
    by_name = load_recordings(named, manifest="cwru")
    facts = [
        {(r.recording_id, r.labels, r.unit_id, r.speed_rpm) for r in recordings}
        for recordings in (by_number, by_name)
    ]
    assert len(by_number) == len(named) > 0
    assert facts[0] == facts[1]
