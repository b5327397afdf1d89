"""Envelopes against scipy's Hilbert transform and closed forms."""

import numpy as np
import pytest
from scipy import signal

from dsp.envelope import band_envelope, envelope_spectrum
from dsp.kurtogram import demodulation_band, filter_tree, kurtogram, spectral_kurtosis
from dsp.spectrum import transform
from sensors.errors import WindowTooShort

RATE_HZ = 25600.0
N = 25_600
T = np.arange(N) / RATE_HZ


def test_whole_band_equals_scipys_hilbert() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal(N)
    x -= x.mean()
    spectrum = transform(x, rate_hz=RATE_HZ)
    spectrum.bins[-1] = 0
    envelope = band_envelope(spectrum, 0.0, RATE_HZ / 2)
    theirs = np.abs(signal.hilbert(np.fft.irfft(spectrum.bins, N))) ** 2
    assert envelope.squared.size == N
    np.testing.assert_allclose(
        envelope.squared * envelope.mean_square, theirs, rtol=1e-8, atol=1e-10
    )


def test_band_equals_hilbert_of_the_filtered_signal() -> None:
    rng = np.random.default_rng(2)
    spectrum = transform(rng.standard_normal(N), rate_hz=RATE_HZ)
    kept = np.zeros_like(spectrum.bins)
    kept[3000:5000] = spectrum.bins[3000:5000]
    theirs = np.abs(signal.hilbert(np.fft.irfft(kept, N))) ** 2
    envelope = band_envelope(spectrum, 3000.0, 5000.0)
    assert envelope.mean_square == pytest.approx(theirs.mean(), rel=1e-9)
    ours = np.abs(np.fft.rfft(envelope.squared * envelope.mean_square)) / envelope.squared.size
    expected = np.abs(np.fft.rfft(theirs))[: ours.size] / N
    np.testing.assert_allclose(ours[:1500], expected[:1500], atol=1e-9)


@pytest.mark.parametrize("modulation_hz", [3.0, 87.0, 162.5, 700.0])
def test_modulation_is_found_where_it_is_and_as_deep(modulation_hz: float) -> None:
    depth = 0.1
    x = (1 + depth * np.cos(2 * np.pi * modulation_hz * T)) * np.cos(2 * np.pi * 4000 * T)
    heights = envelope_spectrum(band_envelope(transform(x, rate_hz=RATE_HZ), 3000, 5000))
    assert abs(int(np.argmax(heights)) - modulation_hz) <= 1
    if modulation_hz.is_integer():
        assert heights.max() == pytest.approx(2 * depth, rel=0.01)


def test_wide_modulation_does_not_fold_back() -> None:
    # Two tones 3000 Hz apart beat at 3000 Hz. A band of 3300 Hz sampled at its own width would
    # show the beat at 300 Hz.
    x = np.cos(2 * np.pi * 4000 * T) + np.cos(2 * np.pi * 7000 * T)
    heights = envelope_spectrum(band_envelope(transform(x, rate_hz=RATE_HZ), 3850, 7150))
    assert int(np.argmax(heights)) == 3000
    assert heights[300] < 1e-6


def test_kurtosis_of_noise_is_zero_and_of_a_tone_minus_one() -> None:
    rng = np.random.default_rng(3)
    noise = transform(rng.standard_normal(N), rate_hz=RATE_HZ)
    assert band_envelope(noise, 2000, 8000).kurtosis == pytest.approx(0.0, abs=0.1)
    steady = transform(np.cos(2 * np.pi * 5000 * T), rate_hz=RATE_HZ)
    assert band_envelope(steady, 4000, 6000).kurtosis == pytest.approx(-1.0, abs=1e-6)


def test_spectral_kurtosis_has_its_closed_forms() -> None:
    rng = np.random.default_rng(4)
    # Bursts on a share p of the time: <|X|^4>/<|X|^2>^2 = 2 / p, so SK = 2 / p - 2.
    on = np.repeat(rng.random(N // 256) < 0.25, 256)
    x = rng.standard_normal(N) * on
    share = on.mean()
    measured = np.median(spectral_kurtosis(x, rate_hz=RATE_HZ, segment=128)[2:-2])
    # Half-overlapped segments straddle burst edges, which blurs the share a little.
    assert measured == pytest.approx(2 / share - 2, rel=0.25)
    still = spectral_kurtosis(rng.standard_normal(N), rate_hz=RATE_HZ, segment=128)
    assert np.abs(np.median(still[2:-2])) < 0.15


def bursts(rng: np.random.Generator, centre_hz: float) -> np.ndarray:
    x = rng.standard_normal(N)
    ring = np.exp(-800 * T[:512]) * np.sin(2 * np.pi * centre_hz * T[:512])
    for start in rng.integers(0, N - 512, 90):
        x[start : start + 512] += 6 * ring
    return x


def test_the_planted_band_is_found_in_95_percent() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(60):
        centre = rng.uniform(1500, 11_000)
        spectrum = transform(bursts(rng, centre), rate_hz=RATE_HZ)
        lo, hi = demodulation_band(spectrum, lowest_hz=500, narrowest_hz=600)
        hits += lo - 300 <= centre <= hi + 300
    assert hits >= 57


def test_the_tree_keeps_its_promises() -> None:
    tree = filter_tree(12_800.0, lowest_hz=500.0, narrowest_hz=600.0)
    assert all(lo >= 500 and hi <= 12_800 and hi - lo >= 600 for lo, hi in tree)
    assert len(tree) == len(set(tree))
    bands = kurtogram(
        transform(np.random.default_rng(0).standard_normal(N), rate_hz=RATE_HZ),
        lowest_hz=500.0,
        narrowest_hz=600.0,
    )
    assert [b.kurtosis for b in bands] == sorted((b.kurtosis for b in bands), reverse=True)


def test_bands_that_do_not_fit_are_refused() -> None:
    spectrum = transform(np.ones(64) + T[:64], rate_hz=1000.0)
    with pytest.raises(WindowTooShort, match="sample faster"):
        demodulation_band(spectrum, lowest_hz=500, narrowest_hz=600)
    with pytest.raises(WindowTooShort, match="bins"):
        band_envelope(spectrum, 100.0, 110.0)
