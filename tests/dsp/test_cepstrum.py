"""Cepstra against numpy, and families of lines as peaks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.cepstrum import density_cepstrum, power_cepstrum, quefrency_peak, real_cepstrum
from dsp.spectrum import welch_density
from sensors.errors import WindowTooShort


@settings(max_examples=20, deadline=None)
@given(st.integers(8, 700), st.integers(0, 2**31))
def test_cepstra_are_numpys(n: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((2, n))
    log_heights = np.log(np.abs(np.fft.rfft(x)))
    np.testing.assert_allclose(real_cepstrum(x), np.fft.irfft(log_heights, n), atol=1e-9)
    np.testing.assert_allclose(
        power_cepstrum(x), np.fft.irfft(2 * log_heights, n) ** 2, rtol=1e-7, atol=1e-9
    )


def test_an_echo_stands_at_its_delay() -> None:
    # log|1 + a e^(-jwd)| = a cos(wd) - ...: a peak of a/2 at the delay.
    x = np.zeros(1024)
    x[0], x[100] = 1.0, 0.5
    cepstrum = real_cepstrum(x)
    assert np.argmax(cepstrum[10:512]) + 10 == 100
    assert cepstrum[100] == pytest.approx(0.25, rel=1e-6)


def series(spacing_hz: float, rate_hz: float = 5000.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    t = np.arange(round(4 * rate_hz)) / rate_hz
    lines = sum(
        np.cos(2 * np.pi * k * spacing_hz * t + rng.uniform(0, 2 * np.pi)) for k in range(1, 60)
    )
    return lines + rng.standard_normal(t.size)


def test_a_series_of_harmonics_is_one_peak_and_noise_is_none() -> None:
    rate_hz = 5000.0
    family = real_cepstrum(series(25.0))
    assert quefrency_peak(family, rate_hz / 25.0) > 8
    assert quefrency_peak(family, rate_hz / 31.0) < 5
    noise = real_cepstrum(np.random.default_rng(4).standard_normal(20_000))
    assert quefrency_peak(noise, rate_hz / 25.0) < 5


def test_the_cepstrum_of_a_density_is_that_of_its_signal() -> None:
    x = np.random.default_rng(6).standard_normal(500)
    power = np.abs(np.fft.rfft(x)) ** 2
    np.testing.assert_allclose(density_cepstrum(power), real_cepstrum(x), atol=1e-12)


@pytest.mark.parametrize(("spacing_hz", "stands"), [(25.0, True), (31.0, False)])
def test_an_averaged_density_shows_a_family_in_noise(spacing_hz: float, stands: bool) -> None:
    rng = np.random.default_rng(5)
    t = np.arange(100_000) / 10_000.0
    x = sum(0.05 * np.cos(2 * np.pi * spacing_hz * k * t) for k in range(1, 11))
    segment = 3200  # eight periods of 25 Hz
    density = welch_density(x + 0.5 * rng.standard_normal(t.size), rate_hz=1e4, segment=segment)
    # Twelve times 25 Hz are the last bin: the family stands at sample 24.
    peak = quefrency_peak(density_cepstrum(density[:97]), 24.0)
    assert (peak > 5) is stands


def test_silence_has_a_finite_cepstrum() -> None:
    assert np.all(np.isfinite(real_cepstrum(np.zeros(64))))


def test_scraps_and_far_quefrencies_are_refused() -> None:
    with pytest.raises(WindowTooShort, match="8 or more"):
        real_cepstrum(np.zeros(7))
    with pytest.raises(WindowTooShort, match="5 or more"):
        density_cepstrum(np.ones(4))
    with pytest.raises(WindowTooShort, match="quefrency"):
        quefrency_peak(np.zeros(100), 60.0)
    with pytest.raises(WindowTooShort, match="quefrency"):
        quefrency_peak(np.zeros(1000), 3.0)
