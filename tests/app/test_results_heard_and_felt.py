import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from app.results.registry import find_protocols, run_protocol
from app.results.sound import RMS, SPEC, level_normalised
from app.results.sound_clips import full_scale_share
from dsp.features import extract
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.errors import RecordingError
from sensors.motor import Motor

RATE_HZ = 16000


def evaluate(name, folder):
    (protocol,) = find_protocols(name)
    return run_protocol(protocol, folder)


def capture_of(values):
    channel = Channel("sound", Sense.SOUND, Unit.FULL_SCALE)
    return Capture("m", 0, 10**9, (SampleBlock(channel, 0, RATE_HZ, values.astype(np.float32)),))


def hum(rng, seconds, *, tone_hz=280.0):
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = rng.normal(0.0, 0.02, t.size)
    return 0.05 * np.sin(2 * np.pi * tone_hz * t + rng.uniform(0, 6)) + noise


@settings(max_examples=20, deadline=None)
@given(gain=st.floats(0.01, 15.0))
def test_loudness_alone_changes_nothing(gain):
    values = hum(np.random.default_rng(0), 1.0)
    quiet, loud = (
        level_normalised(extract(capture_of(g * values), Motor(motor_id="m"), SPEC))
        for g in (1.0, gain)
    )
    assert quiet.mask[RMS]
    np.testing.assert_array_equal(quiet.mask, loud.mask)
    seen = ~quiet.mask
    np.testing.assert_allclose(quiet.values[seen], loud.values[seen], atol=2e-3)


def test_full_scale_is_counted():
    values = np.zeros(1000)
    values[:30], values[30:50] = 1.0, -32767 / 32768
    assert full_scale_share(capture_of(values)) == pytest.approx(0.05)
    assert full_scale_share(capture_of(0.99 * values)) == 0.0


def write_wav(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.clip(values, -1.0, 32767 / 32768), RATE_HZ, subtype="PCM_16")


def test_a_fan_is_measured_by_its_other_recordings(tmp_path):
    rng, root = np.random.default_rng(1), tmp_path / "fan_state_audio"
    for k, loudness in enumerate((1.0, 0.3, 2.0)):
        write_wav(root / f"ON_{k}.wav", loudness * hum(rng, 24))
    taps = hum(rng, 24)
    taps[::4000] += 0.5
    write_wav(root / "TAPPING_1.wav", taps)
    write_wav(root / "BLADE_FAULT_1.wav", 30 * hum(rng, 5))
    result = evaluate("fan_state_audio", tmp_path)
    assert result.figures["running"] == 3
    assert result.figures["running_windows_far"] <= 0.1 * result.figures["running_windows"]
    assert (result.figures["disturbed"], result.figures["disturbed_far"]) == (1, 1)
    assert (result.figures["blade_fault"], result.figures["blade_fault_refused"]) == (1, 1)


def test_one_running_fan_has_nothing_to_be_measured_by(tmp_path):
    write_wav(tmp_path / "fan_state_audio" / "ON_1.wav", hum(np.random.default_rng(2), 2))
    with pytest.raises(RecordingError, match="two ON recordings"):
        evaluate("fan_state_audio", tmp_path)


def test_clipped_clips_are_caught_and_others_left_alone(tmp_path):
    rng, root = np.random.default_rng(3), tmp_path / "compressor_audio"
    write_wav(root / "Off" / "a_off.wav", 0.1 * hum(rng, 2))
    write_wav(root / "Rest" / "a_rest.wav", 2.0 * hum(rng, 2))
    write_wav(root / "Run" / "a_run.wav", 30.0 * hum(rng, 2))
    figures = evaluate("compressor_audio", tmp_path).figures
    assert figures == {
        "clips": 3,
        "clipped": 1,
        "clipped_caught": 1,
        "unclipped": 2,
        "false_clipping": 0,
    }


def test_real_fan(data_dir):
    figures = evaluate("fan_state_audio", data_dir).figures
    assert (figures["disturbed"], figures["disturbed_far"]) == (2, 2)
    assert (figures["blade_fault"], figures["blade_fault_refused"]) == (1, 1)
    assert figures["running_windows_far"] <= 0.15 * figures["running_windows"]


def test_real_compressor(data_dir):
    figures = evaluate("compressor_audio", data_dir).figures
    assert (figures["clips"], figures["clipped"], figures["clipped_caught"]) == (58, 10, 10)
    assert figures["false_clipping"] == 0


@pytest.mark.parametrize(("name", "count"), [("motor_sounds_5class", 5), ("mimii_fan_clip", 1)])
def test_real_clips_without_meaning_are_not_scored(data_dir, name, count):
    result = evaluate(name, data_dir)
    assert result.figures == {"recordings": count, "scored": 0}
    assert result.protocol.startswith("Unscored: ")


def test_real_ceiling_fan(data_dir):
    result = evaluate("ceiling_fan_accel", data_dir)
    assert result.figures["unbalanced"] == result.figures["unbalanced_far"] == 3
    # A moved sensor is as far as the coin: the protocol must say so, and claim nothing.
    assert result.figures["other_sessions"] == result.figures["other_sessions_far"] == 2
    assert "no detection claimed" in result.outcome


def test_real_rig(data_dir):
    figures = evaluate("adi_motor_vib", data_dir).figures
    assert (figures["files"], figures["faulty"], figures["held_out"]) == (13, 12, 10)
    assert figures["named_without_geometry"] == 0
    assert figures["healthy_rest_far"] == 0
    assert figures["family_right"] >= 8


def test_a_rig_without_health_is_refused(tmp_path):
    root = tmp_path / "adi_motor_vib"
    root.mkdir()
    rows = np.column_stack([np.arange(400) / 20000.0, np.ones((400, 3))])
    np.savetxt(root / "1200_HOR_GS_BaLo_WA_00lb.Wfm.csv", rows, delimiter=";", fmt="%.6f")
    with pytest.raises(RecordingError, match="no file of the sound machine"):
        evaluate("adi_motor_vib", tmp_path)
