"""Every ready manifest of a data set that is at hand, against the real files."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.recordings.library import checksum_failures, load_recordings
from sensors.recordings.manifest import load_manifest
from sensors.recordings.matching import match_files, unmatched
from sensors.recordings.recording import Recording
from sensors.replay import snapshot, whole_capture

BPFO, BPFI, BALL = (
    Condition.BEARING_OUTER_RACE,
    Condition.BEARING_INNER_RACE,
    Condition.BEARING_ROLLING_ELEMENT,
)


@dataclass(frozen=True)
class Expected:
    """What the description of a data set says of it."""

    recordings: int
    rates_hz: set[float]
    units: set[str]
    # How many recordings bear each set of labels; "-" is unlabelled, "" healthy.
    labels: dict[str, int]
    speeds_rpm: tuple[float, float] | None = None


SETS = {
    "adi_motor_vib": Expected(
        13, {20_000}, {"V"},
        {"": 1, "bent_shaft": 1, "misalignment": 1, "unbalance": 4, BALL: 2, BPFI: 2, BPFO: 2},
        (1200, 1200),
    ),
    "bldc_iq_unbalance": Expected(24, {1920}, {"1", "rpm"}, {"": 12, "unbalance": 12}, (800, 1100)),
    "ceiling_fan_accel": Expected(
        9, {200}, {"m/s2"}, {"-": 2, "": 3, "unbalance": 3, "stopped": 1}
    ),
    "compressor_audio": Expected(58, {48_000}, {"FS"}, {"-": 38, "stopped": 20}),
    "cwru": Expected(22, {12_000, 48_000}, {"m/s2"}, {"": 1, BALL: 7, BPFI: 7, BPFO: 7},
                     (1748, 1797)),
    "fan_state_audio": Expected(
        8, {16_000}, {"FS"}, {"": 3, "stopped": 2, "blade_fault": 1, "unknown": 2}
    ),
    "femto": Expected(4, {25_600, 10}, {"m/s2", "degC"}, {"-": 4}, (1650, 1800)),
    "femto_npz": Expected(9, {25_600}, {"m/s2"}, {"-": 9}, (1500, 1800)),
    "hfhad_appliance_iv": Expected(28, {6400}, {"A", "V"}, {"-": 28}),
    "hit_sm_bearing": Expected(4, {51_200}, {"1"}, {"": 1, BPFI: 1, BPFO: 2}, (1200, 1200)),
    "ims_1st_test_start": Expected(1, {20_000}, {"m/s2"}, {"": 1}, (2000, 2000)),
    "ims_excerpt": Expected(
        4, {20_000}, {"m/s2"}, {"": 1, BALL: 1, BPFI: 1, BPFO: 1}, (2000, 2000)
    ),
    "ims_raw": Expected(3, {20_000}, {"m/s2"}, {"-": 2, "stopped": 1}, (2000, 2000)),
    "itsc": Expected(30, {1000}, {"A"}, {"": 3, "stator_inter_turn": 27}),
    "lea_pmsm_temp": Expected(1, {2}, {"1"}, {"-": 1}),
    "mafaulda_decimated": Expected(
        27, {10}, {"1"},
        {"": 1, "misalignment": 10, "unbalance": 4, BALL: 4, "bearing_cage": 4, BPFO: 4},
    ),
    "mcsa_misalignment": Expected(44, {12_800}, {"1"}, {"": 4, "misalignment": 40}, (425, 750)),
    "mfpt": Expected(6, {48_828}, {"m/s2"}, {BPFI: 3, BPFO: 3}, (1500, 1500)),
    "mimii_fan_clip": Expected(1, {16_000}, {"FS"}, {"-": 1}),
    "motor_sounds_5class": Expected(5, {44_100}, {"FS"}, {"-": 5}),
    "plaid_one_cycle": Expected(1, {30_000}, {"A", "V"}, {"-": 1}),
    "skab": Expected(17, {1}, {"m/s2", "A", "V", "1", "degC"}, {"": 1, "process_change": 16}),
    "uestc_bearing": Expected(4, {20_000}, {"1"}, {"": 1, BALL: 1, BPFI: 1, BPFO: 1}, (1000, 1000)),
}  # fmt: skip

# Sets whose files are at hand under the names and in the bytes of their source.
CHECKED = {
    *("cwru", "mfpt", "ims_raw", "ims_excerpt", "femto", "itsc", "skab", "mafaulda_decimated"),
    *("fan_state_audio", "compressor_audio", "motor_sounds_5class", "bldc_iq_unbalance"),
    *("ceiling_fan_accel",),
}


def label(recording: Recording) -> str:
    return "-" if recording.labels is None else ",".join(sorted(recording.labels))


@lru_cache
def loaded(folder: Path) -> tuple[Recording, ...]:
    return load_recordings([folder], manifest=folder.name)


def test_every_data_set_at_hand_has_a_manifest(data_dir: Path) -> None:
    assert set(SETS) == {path.name for path in data_dir.iterdir() if path.is_dir()}


@pytest.mark.parametrize("name", SETS)
def test_every_file_is_matched_once_and_is_the_original(data_dir: Path, name: str) -> None:
    manifest = load_manifest(name)
    files = [file for match in match_files(manifest, data_dir / name) for file in match.files]
    assert len(files) == len(set(files))
    assert unmatched(manifest, data_dir / name) == ()
    assert checksum_failures(manifest, data_dir / name) == ()
    assert name not in CHECKED or any((data_dir / name / f).is_file() for f in manifest.checksums)


@pytest.mark.parametrize("name", SETS)
def test_what_is_known_of_each_recording(data_dir: Path, name: str) -> None:
    expected, found = SETS[name], loaded(data_dir / name)
    assert len(found) == expected.recordings
    assert {track.rate_hz for one in found for track in one.tracks} == expected.rates_hz
    assert {channel.unit for one in found for channel in one.channels} == expected.units
    assert Counter(map(label, found)) == expected.labels
    speeds = [one.speed_rpm for one in found if one.speed_rpm is not None]
    assert (not speeds) == (expected.speeds_rpm is None)
    if expected.speeds_rpm is not None:
        assert (min(speeds), max(speeds)) == expected.speeds_rpm
        assert len(speeds) == len(found)


@pytest.mark.parametrize("name", SETS)
def test_a_first_window_of_some_recordings_reads(data_dir: Path, name: str) -> None:
    found = loaded(data_dir / name)
    for recording in found[:: max(1, len(found) // 10)]:
        capture = whole_capture(recording, 1.0)
        assert [block.channel for block in capture.blocks] == list(recording.channels)
        for block in capture.blocks:
            assert np.isfinite(block.values).all()
            assert block.duration_s <= 1.0 + 1 / block.rate_hz
        assert max(block.values.size for block in capture.blocks) >= 1


def by_title(data_dir: Path, name: str, title: str) -> Recording:
    return next(one for one in loaded(data_dir / name) if one.title == title)


def test_cwru_bearing_is_location_and_size(data_dir: Path) -> None:
    units = Counter(one.unit_id for one in loaded(data_dir / "cwru"))
    assert units == {
        **{"B-007": 4, "B-021": 3, "IR-007": 4, "IR-021": 3, "OR-007": 4, "OR-021": 3},
        "normal": 1,
    }
    one = by_title(data_dir, "cwru", "12k_Drive_End__OR_021__6_236_2.mat")
    assert (one.speed_rpm, one.load, one.severity) == (1748.0, 1.0, 21.0)
    assert one.motor.bearings[0].bpfo == pytest.approx(3.5848, abs=2e-4)
    rms = np.std(whole_capture(one, 5.0).blocks[0].values)
    assert 3.0 < rms < 10.0  # about half a g, in m/s2


def test_mfpt_bearing_and_peak_in_g(data_dir: Path) -> None:
    one = by_title(data_dir, "mfpt", "OuterRaceFault_vload_1.mat")
    assert one.speed_rpm == 1500
    bpfo, bpfi = one.motor.bearings[0].bpfo, one.motor.bearings[0].bpfi
    assert bpfo is not None and bpfi is not None
    assert (25 * bpfo, 25 * bpfi) == (pytest.approx(81.1, abs=0.1), pytest.approx(118.9, abs=0.1))


def test_femto_life_is_dated_by_file_number(data_dir: Path) -> None:
    (one,) = load_recordings([data_dir / "femto_npz" / "Bearing1_3.npz"], manifest="femto_npz")
    assert one.run_to_failure and one.labels is None
    assert len(one.segments) == 483
    assert one.segments[-1].t0_ns == 2375 * 10 * 10**9
    raw = np.load(data_dir / "femto_npz" / "Bearing1_3.npz")["acceleration_g"][482, 1]
    block = snapshot(one, -1, 1.0).blocks[1]
    np.testing.assert_allclose(block.values, raw * 9.80665, rtol=1e-6)


def test_femto_text_and_its_temperatures(data_dir: Path) -> None:
    vibration, temperature = (
        one for one in loaded(data_dir / "femto") if one.unit_id == "Bearing2_1"
    )
    assert vibration.run_to_failure and not temperature.run_to_failure
    assert vibration.motor.motor_id == temperature.motor.motor_id == "femto-Bearing2_1"
    assert vibration.segments[1].t0_ns - vibration.segments[0].t0_ns == 10 * 10 * 10**9
    block = snapshot(temperature, -1, 60.0).blocks[0]  # written with ";" in this folder
    assert block.channel.sense is Sense.TEMPERATURE
    assert 20 < float(np.mean(block.values)) < 150


def test_ims_tests_are_apart_and_dated(data_dir: Path) -> None:
    by_unit = {one.unit_id: one for one in loaded(data_dir / "ims_raw")}
    assert [len(by_unit[unit].channels) for unit in ("test 1", "test 2", "stopped")] == [8, 4, 4]
    first, second = by_unit["test 2"].segments
    assert second.t0_ns - first.t0_ns == 600 * 10**9
    assert by_unit["test 2"].clock == "utc"
    assert float(np.std(snapshot(by_unit["stopped"], 0, 1.0).blocks[0].values)) < 0.03
    assert by_unit["test 1"].motor.bearings[0].rolling_elements == 16


def test_itsc_phase_level_and_doubtful_labels(data_dir: Path) -> None:
    found = loaded(data_dir / "itsc")
    assert Counter(one.unit_id for one in found) == {
        "phase-A": 9, "phase-B": 9, "phase-C": 9, "healthy": 3
    }  # fmt: skip
    assert {one.severity for one in found} == {0.0, 10.0, 20.0, 40.0}
    doubtful = {one.path.name for one in found if "doubtful" in one.note}
    assert doubtful == {"SC_A0_B2_C0_002.csv", "SC_A1_B0_C0_002.csv"}


def test_mcsa_severity_is_the_misalignment_in_the_file(data_dir: Path) -> None:
    found = loaded(data_dir / "mcsa_misalignment")
    assert {one.severity for one in found if one.unit_id == "DAQ-10"} == {-0.4}
    assert {one.severity for one in found if one.labels == frozenset()} == {0.0}
    assert len({one.unit_id for one in found}) == 11


def test_plaid_and_hfhad_read_as_current_and_voltage(data_dir: Path) -> None:
    (plaid,) = loaded(data_dir / "plaid_one_cycle")
    assert len(plaid.segments) == 125
    current, voltage = snapshot(plaid, 7, 1.0).blocks
    assert current.values.size == voltage.values.size == 500
    assert 110 < float(np.std(voltage.values)) < 130
    fridge = by_title(data_dir, "hfhad_appliance_iv", "fridge/1.txt.gz")
    assert 165 < float(np.std(whole_capture(fridge, 1.0).blocks[1].values)) < 185


def test_ceiling_fan_pieces_are_gravity_and_motion(data_dir: Path) -> None:
    one = by_title(data_dir, "ceiling_fan_accel", "fan_0_off_0_weight.tar.gz")
    assert len(one.segments) == 30
    blocks = snapshot(one, 29, 10.0).blocks
    assert [block.values.size for block in blocks] == [200, 200, 200]
    pull = np.sqrt(sum(float(np.mean(block.values)) ** 2 for block in blocks))
    assert pull == pytest.approx(9.8, rel=0.15)


def test_loud_clips_are_clipped_and_quiet_ones_are_not(data_dir: Path) -> None:
    found = loaded(data_dir / "compressor_audio")
    share = {
        kind: max(
            whole_capture(one, 2.0).blocks[0].clipped
            for one in found
            if one.title.startswith(f"{kind}/2026")
        )
        for kind in ("Off", "Run")
    }
    assert share["Off"] == 0.0
    assert 0.15 < share["Run"] < 0.5


# Files of the same naming scheme that are not at hand must be understood too.
@pytest.mark.parametrize(
    ("name", "file", "facts"),
    [
        ("cwru", "12k_Drive_End__IR_028_3001_0.mat", {"khz": "12", "mil": "028", "hp": "0"}),
        ("cwru", "48k_Drive_End__OR_014__6_201_6_0.mat", {"khz": "48", "mil": "014", "hp": "0"}),
        ("cwru", "12k_Drive_End__OR_007__12_158_12_2.mat", {"hp": "2", "mil": "007"}),
        ("cwru", "12k_Fan_End__B_021_290_3.mat", {"hp": "3", "fault": "B"}),
        ("cwru", "Normal_100_Normal_3.mat", {"hp": "3", "number": "100"}),
        ("hit_sm_bearing", "Selfbuilt_Normal_1200.mat", {"rpm": "1200", "state": "Normal"}),
        ("hit_sm_bearing", "Self-built dataset/OR5_900.mat", {"degrees": "5", "rpm": "900"}),
        ("hit_sm_bearing", "SpectraQuest MFS dataset/IR8_600.mat", {"rig": "SpectraQuest"}),
        ("uestc_bearing", "Data/O_1400/O_1400_2.mat", {"rpm": "1400", "state": "O"}),
        ("adi_motor_vib", "3000_LOR_GS_BaLo_WA_00lb.Wfm.csv.gz", {"rpm": "3000"}),
        ("adi_motor_vib", "600_HBF_BS_VLIL_MA_05lb.Wfm.csv.gz", {"misalignment": "MA"}),
        ("bldc_iq_unbalance", "unbalancedload_900_test.csv", {"rpm": "900"}),
        ("bldc_iq_unbalance", "Normal_operation_1100_test.csv", {"rpm": "1100"}),
        ("itsc", "SC_A0_B3_C0/SC_A0_B3_C0_005.csv", {"phase": "B", "level": "3"}),
        ("mcsa_misalignment", "DAQ_11_8_V_750.csv.gz", {"daq": "11", "rpm": "750"}),
        ("femto", "Bearing3_3/acc_00434.csv", {"condition": "3", "number": "00434"}),
        ("femto_npz", "Bearing2_7.npz", {"condition": "2"}),
        ("fan_state_audio", "OFF_20210318T101010.wav", {"stopped": "OFF"}),
        ("mfpt", "OuterRaceFault_vload_7.mat", {"unit": "OuterRaceFault_vload_7"}),
    ],
)
def test_other_files_of_the_same_scheme_fit(
    tmp_path: Path, name: str, file: str, facts: dict[str, str]
) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    (match,) = match_files(load_manifest(name), tmp_path)
    assert match.groups[0].items() >= facts.items()
