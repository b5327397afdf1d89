"""The audit on real recordings: known defects are found, ordinary recordings pass."""

from pathlib import Path

import numpy as np
import pytest
from audit_scenes import block, capture
from scipy.io import loadmat, wavfile

from dsp.audit import audit, refused
from dsp.audit_note import AuditNote
from sensors.capture import Sense, Unit
from sensors.motor import Motor, Nameplate

MOTOR = Motor(motor_id="m1", nameplate=Nameplate(poles=4, line_hz=60.0, rated_kw=1.5))
GRAVITY_MPS2 = 9.80665
DEFECTS = ("clipping", "stuck", "duplicates", "jitter", "channels", "stopped", "quantisation")


def defects(notes: tuple[AuditNote, ...]) -> set[str]:
    return {n.check for n in notes if n.check in DEFECTS and n.level in ("warning", "refuse")}


def sound(path: Path) -> tuple[AuditNote, ...]:
    rate_hz, counts = wavfile.read(path)
    values = counts.astype(np.float32) / 32768
    mic = block("mic", Sense.SOUND, Unit.FULL_SCALE, values, rate_hz=float(rate_hz))
    return audit(capture(mic), MOTOR)


def vibration(columns: np.ndarray, rate_hz: float, rpm: float) -> tuple[AuditNote, ...]:
    blocks = [
        block(f"c{i}", Sense.VIBRATION, Unit.MPS2, column * GRAVITY_MPS2, rate_hz=rate_hz)
        for i, column in enumerate(columns.T)
    ]
    return audit(capture(*blocks, speed_rpm=rpm), MOTOR)


def test_overdriven_compressor_clips_are_refused_and_quiet_ones_pass(data_dir):
    files = sorted((data_dir / "compressor_audio").rglob("*.wav"))
    told = {path: "clipping" in defects(sound(path)) for path in files}
    overdriven = {p for p in files if p.parent.name == "Run" and p.name.startswith("20260302")}
    assert overdriven == {path for path, clipped in told.items() if clipped}
    assert refused(sound(min(overdriven)), "sound") is not None


def test_the_overdriven_fan_is_refused_and_the_others_pass(data_dir):
    for path in sorted((data_dir / "fan_state_audio").glob("*.wav")):
        expected = {"clipping"} if path.name.startswith("BLADE_FAULT") else set()
        assert defects(sound(path)) == expected, path.name


def test_a_buffer_that_a_recorder_really_delivered_twice_is_found(data_dir):
    (path,) = (data_dir / "compressor_audio" / "Rest").glob("260328_rest_151_*.wav")
    (note,) = [n for n in sound(path) if n.check == "duplicates"]
    assert "4096 samples earlier" in note.text


@pytest.mark.parametrize(
    ("name", "stopped"),
    [
        ("2004.02.19.06.22.39", True),
        ("2004.04.18.02.42.55", True),
        ("2004.02.12.10.32.39", False),
        ("2003.10.22.12.06.24", False),
    ],
)
def test_snapshots_of_a_stopped_rig_are_told_from_a_running_one(data_dir, name, stopped):
    notes = vibration(np.loadtxt(data_dir / "ims_raw" / name), 20_000.0, 2000.0)
    assert ("stopped" in defects(notes)) == stopped
    assert (refused(notes, "bearing") is not None) == stopped


def test_recordings_of_bearings_are_fit_for_their_diagnosis(data_dir):
    for path in sorted((data_dir / "cwru").glob("*.mat")):
        rate_hz = 12_000.0 if path.name.startswith("12k") else 48_000.0
        stored = loadmat(path, squeeze_me=True)
        ends = [v[: int(4 * rate_hz)] for k, v in stored.items() if k.endswith("_time")]
        notes = vibration(np.column_stack(ends), rate_hz, 1772.0)
        assert not defects(notes), path.name
        assert refused(notes, "bearing") is None, path.name


def test_recorded_mains_currents_are_whole_and_of_the_declared_rate(data_dir):
    anyone = Motor(motor_id="m1")
    for path in sorted((data_dir / "itsc").rglob("*.csv")):
        table = np.loadtxt(path, delimiter=",")
        blocks = [
            block("i" + p, Sense.POWER, Unit.AMPERE, table[:, i], rate_hz=1000.0, phase=p)
            for i, p in enumerate("abc")
        ]
        notes = audit(capture(*blocks, speed_rpm=None), anyone)
        assert not defects(notes), path.name
        assert {n.level for n in notes if n.check == "rate"} == {"ok"}
        assert not [n for n in notes if n.check == "continuity" and n.level == "warning"]
