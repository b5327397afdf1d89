"""Feature extraction: values against first principles, masks, identity."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from impacts import BEARING, impacts
from scipy import signal, stats

from dsp.features import FeatureSpec, extract
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.errors import BadConfig
from sensors.motor import Motor

RATE_HZ = 25600.0
N = 25_600
T = np.arange(N) / RATE_HZ
SPEC = FeatureSpec()
MOTOR = Motor(motor_id="m1", bearings=(BEARING,))
BANDS = {"vib": (2000.0, 6000.0)}


def block(
    name: str, sense: Sense, unit: Unit, x: np.ndarray, rate_hz: float = RATE_HZ
) -> SampleBlock:
    return SampleBlock(Channel(name, sense, unit), 0, rate_hz, np.asarray(x, np.float32))


def capture(*blocks: SampleBlock, seconds: float = 1.0, rpm: float | None = 1500.0) -> Capture:
    return Capture("m1", 0, round(seconds * 1e9), blocks, speed_rpm=rpm)


def read(taken: Capture, **kwargs) -> dict[str, float]:
    vector = extract(taken, MOTOR, SPEC, bands=BANDS, **kwargs)
    assert np.array_equal(vector.mask, np.isnan(vector.values))
    return dict(zip(SPEC.names, vector.values.tolist(), strict=True))


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(N).astype(np.float32)


def test_time_features_against_scipy() -> None:
    x = noise() ** 3
    got = read(capture(block("vib", Sense.VIBRATION, Unit.MPS2, x)))
    d = x.astype(np.float64) - x.mean(dtype=np.float64)
    assert got["vib_rms_db"] == pytest.approx(20 * np.log10(d.std()), abs=1e-3)
    assert got["vib_kurtosis_db"] == pytest.approx(
        10 * np.log10(stats.kurtosis(d, fisher=False)), abs=1e-3
    )
    assert got["vib_skewness"] == pytest.approx(abs(stats.skew(d)), abs=1e-3)
    assert got["vib_crest_db"] == pytest.approx(20 * np.log10(np.abs(d).max() / d.std()), abs=1e-3)


def test_band_levels_are_the_integrated_density() -> None:
    x = noise(1)
    got = read(capture(block("vib", Sense.VIBRATION, Unit.MPS2, x)))
    hz, power = signal.welch(x.astype(np.float64), RATE_HZ, nperseg=N)
    inside = (hz >= 1250) & (hz < 2500)
    assert got["vib_band_1250_2500_db"] == pytest.approx(
        10 * np.log10(power[inside].sum()), abs=1e-3
    )


def test_velocity_and_orders_of_a_known_vibration() -> None:
    x = 9.80665 * np.sin(2 * np.pi * 50 * T) + 1e-3 * noise()
    got = read(capture(block("vib", Sense.VIBRATION, Unit.MPS2, x)))
    expected = 9806.65 / (2 * np.pi * 50) / np.sqrt(2)
    assert got["vib_velocity_db"] == pytest.approx(20 * np.log10(expected), abs=0.05)
    assert got["vib_order_2_db"] == pytest.approx(20 * np.log10(9.80665), abs=0.05)
    assert got["vib_order_1_db"] < -40


def test_a_defect_lifts_its_own_line() -> None:
    x = impacts(BEARING.bpfo * 0.99, seed=3, shaft_hz=25.0, seconds=1.28)[:N]
    at_20k = dataclasses.replace(block("vib", Sense.VIBRATION, Unit.MPS2, x), rate_hz=20_000.0)
    got = read(capture(at_20k, seconds=1.28))
    assert got["vib_bpfo_db"] > 20
    assert got["vib_bpfo_db"] > got["vib_bpfi_db"] + 6


def test_three_phase_current() -> None:
    def phases(c_scale: float) -> Capture:
        def phase(k: int, scale: float) -> np.ndarray:
            angle = 2 * np.pi * 50.3 * T - 2 * np.pi * k / 3
            return scale * 10 * (np.cos(angle) + 0.05 * np.cos(5 * angle)) + 0.001 * noise(k)

        scales = (1.0, 1.0, c_scale)
        return capture(
            *(block(f"i{k}", Sense.POWER, Unit.AMPERE, phase(k, s)) for k, s in enumerate(scales))
        )

    got = read(phases(1.0))
    assert got["cur_rms_db"] == pytest.approx(20 * np.log10(10 / np.sqrt(2)), abs=0.05)
    assert 2 ** got["cur_line_oct"] == pytest.approx(50.3, abs=0.02)
    assert got["cur_thd_db"] == pytest.approx(20 * np.log10(0.05), abs=0.6)
    assert got["cur_unbalance_db"] < -60
    # One phase at 0.9: sequences are (2.9, 0.1 in magnitude)/3.
    assert read(phases(0.9))["cur_unbalance_db"] == pytest.approx(20 * np.log10(0.1 / 2.9), abs=0.1)


def test_voltages_are_not_currents() -> None:
    volts = block("u", Sense.POWER, Unit.VOLT, 325 * np.cos(2 * np.pi * 50 * T))
    assert np.isnan(read(capture(volts))["cur_rms_db"])


def test_temperature_slope_needs_its_window() -> None:
    short = read(capture(block("t", Sense.TEMPERATURE, Unit.DEGC, [40.0], 1.0)))
    assert short["temp_degc"] == 40.0 and np.isnan(short["temp_rise"])
    ramp = block("t", Sense.TEMPERATURE, Unit.DEGC, 40 + np.arange(60) / 30, 1.0)
    assert read(capture(ramp, seconds=60.0))["temp_rise"] == pytest.approx(2.0, rel=1e-4)


def test_what_cannot_be_measured_is_masked_never_zero() -> None:
    vibration = block("vib", Sense.VIBRATION, Unit.MPS2, noise())
    got = read(capture(vibration, rpm=None))
    assert np.isnan(got["vib_order_1_db"]) and np.isnan(got["vib_bpfo_db"])
    assert np.isnan(got["snd_rms_db"]) and np.isnan(got["cur_rms_db"])
    assert np.isnan(got["vib_band_10000_20000_db"])
    uncalibrated = block("vib", Sense.VIBRATION, Unit.VOLT, noise())
    assert np.isnan(read(capture(uncalibrated))["vib_velocity_db"])


def test_a_snapshot_masks_its_slow_features() -> None:
    snapshot = block("vib", Sense.VIBRATION, Unit.MPS2, noise()[:2560])
    got = read(capture(snapshot, seconds=0.1))
    for slow in ("vib_velocity_db", "vib_order_1_db", "vib_bpfo_db", "vib_band_10_20_db"):
        assert np.isnan(got[slow]), slow
    for fast in ("vib_rms_db", "vib_kurtosis_db", "vib_band_2500_5000_db", "vib_envelope_db"):
        assert np.isfinite(got[fast]), fast


def test_a_channel_with_nan_is_as_good_as_missing() -> None:
    broken = noise()
    broken[100] = np.nan
    good = block("vib", Sense.VIBRATION, Unit.MPS2, noise(5))
    alone = read(capture(good))
    beside = read(capture(good, block("vib2", Sense.VIBRATION, Unit.MPS2, broken)))
    assert alone == pytest.approx(beside, nan_ok=True)


def test_a_silent_channel_has_no_lines() -> None:
    got = read(capture(block("vib", Sense.VIBRATION, Unit.MPS2, np.full(N, 3.3))))
    assert np.isnan(got["vib_bpfo_db"]) and np.isnan(got["vib_kurtosis_db"])
    assert got["vib_rms_db"] == pytest.approx(-180.0)


def test_the_worst_channel_speaks() -> None:
    quiet = block("vib", Sense.VIBRATION, Unit.MPS2, noise())
    loud = block("vib2", Sense.VIBRATION, Unit.MPS2, 10 * noise(1))
    assert read(capture(quiet, loud))["vib_rms_db"] == pytest.approx(20.0, abs=0.2)


def test_spec_identity_follows_content_not_motor() -> None:
    assert FeatureSpec().spec_id == FeatureSpec().spec_id
    assert FeatureSpec(wavelet_level=4).spec_id != SPEC.spec_id
    assert FeatureSpec(senses=(Sense.VIBRATION,)).spec_id != SPEC.spec_id
    vector = extract(capture(), Motor(motor_id="other"), SPEC)
    assert vector.spec_id == SPEC.spec_id and vector.mask.all()
    assert len(set(SPEC.names)) == len(SPEC.names)


@pytest.mark.parametrize(
    "wrong",
    [
        {"window_s": 0.0},
        {"hop_s": 2.0},
        {"vibration_edges_hz": (10.0, 5.0)},
        {"senses": (Sense.SPEED,)},
        {"senses": (Sense.SOUND, Sense.SOUND)},
    ],
)
def test_impossible_specs_are_refused(wrong) -> None:
    with pytest.raises(BadConfig, match="feature spec"):
        FeatureSpec(**wrong)


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 1000),
    n=st.integers(0, 3000),
    rate_hz=st.sampled_from([1.0, 100.0, 1000.0, 8000.0, 25_600.0]),
    scale=st.sampled_from([0.0, 1e-30, 1e-6, 1.0, 1e6, 1e18]),
    sense=st.sampled_from(list(SPEC.senses)),
)
def test_any_block_gives_finite_or_masked_features(seed, n, rate_hz, scale, sense) -> None:
    units = {
        Sense.VIBRATION: Unit.MPS2,
        Sense.SOUND: Unit.PASCAL,
        Sense.POWER: Unit.AMPERE,
        Sense.TEMPERATURE: Unit.DEGC,
    }
    x = np.random.default_rng(seed).standard_normal(n) * scale
    taken = capture(block("vib", sense, units[sense], x, rate_hz), seconds=max(n / rate_hz, 1e-3))
    vector = extract(taken, MOTOR, SPEC)
    assert np.isfinite(vector.values[~vector.mask]).all()


@settings(deadline=None, max_examples=20)
@given(st.floats(1e-3, 1e3))
def test_gain_moves_levels_and_nothing_else(gain: float) -> None:
    x = noise(7)
    one = read(capture(block("vib", Sense.VIBRATION, Unit.MPS2, x)))
    scaled = read(capture(block("vib", Sense.VIBRATION, Unit.MPS2, gain * x)))
    moved = {f.name for f in SPEC.features if f.unit.startswith("dB re")}
    for name, value in one.items():
        if np.isfinite(value):
            shift = 20 * np.log10(gain) if name in moved else 0.0
            assert scaled[name] == pytest.approx(value + shift, abs=0.01), name
