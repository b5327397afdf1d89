"""Wavelet-packet energies against pywt, and bands that any rate shares."""

import numpy as np
import pytest
import pywt
from scipy import fft, signal

from dsp.wavelet import band_energies, packet_bands, packet_energies, packet_energies_of_bins
from sensors.errors import BadConfig, BadRate, BadSamples, WindowTooShort


def oracle(x: np.ndarray, wavelet: str, level: int) -> np.ndarray:
    tree = pywt.WaveletPacket(x, wavelet, "periodization", maxlevel=level)
    return np.array([np.sum(node.data**2) for node in tree.get_level(level, order="freq")])


@pytest.mark.parametrize("wavelet", ["haar", "db4", "db8", "sym5", "coif2"])
@pytest.mark.parametrize(("n", "level"), [(16, 1), (32, 3), (96, 4), (25_600, 4), (4_096, 6)])
def test_energies_agree_with_pywt_in_order_of_frequency(wavelet, n, level):
    x = np.random.default_rng(n).standard_normal(n) + 0.3
    expected = oracle(x, wavelet, level)
    np.testing.assert_allclose(
        packet_energies(x, wavelet=wavelet, level=level), expected, atol=1e-10 * expected.sum()
    )


@pytest.mark.parametrize("n", [25_600, 12_000, 1_600])
def test_energies_sum_to_the_whole(n):
    x = np.random.default_rng(0).standard_normal((2, 3, n))
    energies = packet_energies(x, wavelet="db8", level=5)
    assert energies.shape == (2, 3, 32)
    np.testing.assert_allclose(energies.sum(-1), np.sum(x**2, axis=-1), rtol=1e-10)


def test_float32_stays_float32_and_near():
    x = np.random.default_rng(1).standard_normal(25_600)
    fast = packet_energies(x.astype(np.float32), wavelet="db8", level=4)
    assert fast.dtype == np.float32
    np.testing.assert_allclose(fast, packet_energies(x, wavelet="db8", level=4), rtol=1e-5)


def test_samples_that_fill_no_packet_are_left_out():
    x = np.random.default_rng(2).standard_normal(1_001)
    np.testing.assert_allclose(
        packet_energies(x, wavelet="db4", level=4), oracle(x[:992], "db4", 4), rtol=1e-9
    )


def test_the_shared_transform_gives_the_same():
    x = np.random.default_rng(3).standard_normal(6_400)
    np.testing.assert_allclose(
        packet_energies_of_bins(fft.rfft(x), 6_400, wavelet="db8", level=4),
        packet_energies(x, wavelet="db8", level=4),
        rtol=1e-12,
    )


def test_a_chirp_visits_the_bands_in_order():
    rate_hz, level = 8_192.0, 4
    t = np.arange(65_536) / rate_hz
    chirp = signal.chirp(t, f0=1.0, t1=t[-1], f1=rate_hz / 2)
    windows = chirp.reshape(64, -1)
    loudest = packet_energies(windows, wavelet="db8", level=level).argmax(-1)
    assert (np.diff(loudest) >= 0).all()
    assert set(loudest) == set(range(16))


@pytest.mark.parametrize("hz", [130.0, 1_000.0, 2_700.0, 3_970.0])
def test_a_tone_falls_into_the_packet_of_its_frequency(hz):
    t = np.arange(8_192) / 8_192.0
    energies = packet_energies(np.sin(2 * np.pi * hz * t), wavelet="db8", level=4)
    low, high = packet_bands(8_192.0, 4)[energies.argmax()]
    assert low <= hz <= high


def test_bands_tile_the_spectrum():
    bands = packet_bands(25_600.0, 3)
    assert bands.shape == (8, 2)
    assert bands[0, 0] == 0
    assert bands[-1, 1] == 12_800
    np.testing.assert_array_equal(bands[1:, 0], bands[:-1, 1])


def test_fixed_bands_share_packets_by_overlap():
    energies = np.array([4.0, 2.0, 8.0, 6.0])  # of 0 to 1, 1 to 2, 2 to 3 and 3 to 4 kHz
    bands = band_energies(energies, rate_hz=8_000.0, edges_hz=np.array([0, 500, 2000, 4000]))
    np.testing.assert_allclose(bands, [2.0, 4.0, 14.0])


def test_the_same_noise_fills_fixed_bands_alike_at_any_rate():
    edges = np.array([500.0, 1_000.0, 2_000.0, 3_000.0])
    rng = np.random.default_rng(4)
    densities = []
    for rate_hz in (8_000.0, 12_000.0, 25_600.0):
        x = rng.standard_normal(2**16) * np.sqrt(rate_hz)
        energies = packet_energies(x, wavelet="db8", level=6) / x.size / rate_hz
        mapped = band_energies(energies, rate_hz=rate_hz, edges_hz=edges)
        densities.append(mapped * rate_hz / 2 / np.diff(edges))
    np.testing.assert_allclose(densities, 1.0, rtol=0.1)


def test_a_band_beyond_nyquist_is_not_measured():
    mapped = band_energies(np.ones((2, 8)), rate_hz=8_000.0, edges_hz=np.array([0, 4000, 5000]))
    assert np.isfinite(mapped[:, 0]).all()
    assert np.isnan(mapped[:, 1]).all()


@pytest.mark.parametrize("wavelet", ["bior2.2", "nothing", "", "mexh"])
def test_a_wavelet_that_keeps_no_energy_is_refused(wavelet):
    with pytest.raises(BadConfig, match=r"wavelet"):
        packet_energies(np.ones(64), wavelet=wavelet, level=2)


@pytest.mark.parametrize("level", [0, -1, 13])
def test_impossible_levels_are_refused(level):
    with pytest.raises(BadConfig, match="level"):
        packet_energies(np.ones(64), wavelet="db4", level=level)
    with pytest.raises(BadConfig, match="level"):
        packet_bands(1000.0, level)


def test_what_is_too_short_or_mistaken_is_named():
    with pytest.raises(WindowTooShort, match="16"):
        packet_energies(np.ones(15), wavelet="db4", level=4)
    with pytest.raises(WindowTooShort, match="equal length"):
        packet_energies_of_bins(fft.rfft(np.ones(100)), 100, wavelet="db4", level=3)
    with pytest.raises(BadSamples, match="rFFT"):
        packet_energies_of_bins(fft.rfft(np.ones(64)), 128, wavelet="db4", level=3)
    with pytest.raises(BadRate):
        packet_bands(0.0, 3)
    with pytest.raises(BadConfig, match="rise"):
        band_energies(np.ones(8), rate_hz=100.0, edges_hz=np.array([3.0, 2.0]))
    with pytest.raises(BadConfig, match="power of two"):
        band_energies(np.ones(7), rate_hz=100.0, edges_hz=np.array([2.0, 3.0]))
