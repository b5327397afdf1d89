"""Spectra against scipy, tones between bins, velocity by integration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from dsp.spectrum import amplitude, density, tone, transform, welch_density
from dsp.velocity import velocity_rms
from sensors.errors import BadRate, BadSamples, WindowTooShort

RATE_HZ = 25600.0


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n) + 3.0


@pytest.mark.parametrize("n", [1000, 999, 25600, 25601])
def test_density_equals_scipy_for_one_segment(n: int) -> None:
    x = noise(n)
    _, expected = signal.welch(x, RATE_HZ, window="hann", nperseg=n, detrend="constant")
    np.testing.assert_allclose(density(transform(x, rate_hz=RATE_HZ)), expected, rtol=1e-9)


@pytest.mark.parametrize("segment", [256, 255])
def test_averaged_density_equals_scipy(segment: int) -> None:
    x = noise(10_000)
    _, expected = signal.welch(x, RATE_HZ, nperseg=segment)
    got = welch_density(x, rate_hz=RATE_HZ, segment=segment)
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_amplitude_is_scipys_spectrum_scaling() -> None:
    x = noise(1000)
    _, expected = signal.welch(x, RATE_HZ, window="hann", nperseg=1000, scaling="spectrum")
    squared = amplitude(transform(x, rate_hz=RATE_HZ)) ** 2
    squared[1:-1] /= 2
    np.testing.assert_allclose(squared, expected, rtol=1e-9)


def test_unwindowed_bins_keep_parseval() -> None:
    x = noise(4096)
    spectrum = transform(x, rate_hz=RATE_HZ)
    power = np.abs(spectrum.bins) ** 2
    total = (power[0] + power[-1] + 2 * power[1:-1].sum()) / spectrum.n
    assert total == pytest.approx(np.sum((x - x.mean()) ** 2), rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(
    hz=st.floats(20.0, 12_000.0),
    height=st.floats(1e-3, 1e3),
    phase=st.floats(0.0, 6.28),
    dc=st.floats(-10, 10),
)
def test_a_tone_reads_its_own_height_and_place(
    hz: float, height: float, phase: float, dc: float
) -> None:
    t = np.arange(25_600) / RATE_HZ
    x = height * np.cos(2 * np.pi * hz * t + phase) + dc
    found, read = tone(transform(x, rate_hz=RATE_HZ), hz - 5, hz + 5)
    assert read == pytest.approx(height, rel=0.005)
    assert found == pytest.approx(hz, abs=0.01)


def test_one_g_at_159_hz_is_6_934_mm_per_s() -> None:
    t = np.arange(25_600) / RATE_HZ
    x = (9.80665 * np.sin(2 * np.pi * 159.155 * t)).astype(np.float32)
    assert velocity_rms(transform(x, rate_hz=RATE_HZ), 10, 1000) == pytest.approx(6.934, rel=0.01)


def test_velocity_ignores_dc_and_barely_sees_a_ramp() -> None:
    t = np.arange(25_600) / RATE_HZ
    tone_only = 9.80665 * np.sin(2 * np.pi * 159.155 * t)
    clean = velocity_rms(transform(tone_only, rate_hz=RATE_HZ), 10, 1000)
    offset = velocity_rms(transform(tone_only + 50.0, rate_hz=RATE_HZ), 10, 1000)
    drifting = velocity_rms(transform(tone_only + 5.0 * t, rate_hz=RATE_HZ), 10, 1000)
    assert offset == pytest.approx(clean, rel=1e-9)
    assert drifting == pytest.approx(clean, rel=1e-3)


def test_velocity_equals_integration_of_the_density() -> None:
    x = noise(25_600, seed=4)
    hz, power = signal.welch(x, RATE_HZ, nperseg=x.size)
    inside = (hz >= 10) & (hz <= 1000)
    expected = 1000 * np.sqrt(np.sum(power[inside] / (2 * np.pi * hz[inside]) ** 2))
    got = velocity_rms(transform(x, rate_hz=RATE_HZ), 10, 1000)
    assert got == pytest.approx(expected, rel=1e-6)


def test_float32_stays_float32() -> None:
    x = noise(1024).astype(np.float32)
    assert transform(x, rate_hz=RATE_HZ).bins.dtype == np.complex64


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_rates_are_refused(rate_hz: float) -> None:
    with pytest.raises(BadRate, match="rate"):
        transform(noise(100), rate_hz=rate_hz)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_non_finite_samples_are_refused(bad: float) -> None:
    x = noise(100)
    x[50] = bad
    with pytest.raises(BadSamples), np.errstate(invalid="ignore"):
        transform(x, rate_hz=RATE_HZ)


def test_too_short_blocks_are_refused() -> None:
    with pytest.raises(WindowTooShort):
        transform(noise(7), rate_hz=RATE_HZ)
    with pytest.raises(WindowTooShort, match="velocity"):
        velocity_rms(transform(noise(2560), rate_hz=RATE_HZ), 10, 1000)
