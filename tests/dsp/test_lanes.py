"""What is done together is what is done one by one; what is read in part is a part."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.envelope import band_envelope, band_envelopes, envelope_spectra, envelope_spectrum
from dsp.features.levels import time_levels
from dsp.features.wave import measure
from dsp.lanes import LANES, batches, filled
from dsp.packet_bands import packet_band_energies
from dsp.spectrum import amplitude, hann_bins, hann_power, power_bins, transform
from dsp.statistics import median, moments
from dsp.velocity import velocity_rms
from dsp.wavelet import band_energies, packet_energies_of_bins
from sensors.capture import Channel, SampleBlock, Sense, Unit

RATE_HZ = 25600.0


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n).astype(np.float32)


def block(n: int, seed: int, rate_hz: float = RATE_HZ) -> SampleBlock:
    channel = Channel(f"c{seed}", Sense.VIBRATION, Unit.MPS2)
    return SampleBlock(channel, 0, rate_hz, noise(n, seed) + np.float32(10 * seed))


@given(st.lists(st.integers(1, 3), max_size=30))
def test_batches_keep_order_and_hold_one_length(lengths: list[int]) -> None:
    got = list(batches(enumerate(lengths), lambda item: item[1]))
    assert [item for _, batch in got for item in batch] == list(enumerate(lengths))
    assert all(length == size for size, batch in got for _, length in batch)
    assert all(1 <= len(batch) <= LANES for _, batch in got)


def test_lanes_are_filled_save_for_a_lone_row() -> None:
    assert [filled(count) for count in range(1, 9)] == [1, 4, 4, 4, 5, 8, 8, 8]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from([8, 9, 1000, 2048]), min_size=1, max_size=7))
def test_blocks_transformed_together_are_those_transformed_alone(sizes: list[int]) -> None:
    blocks = [block(n, seed, 1000.0 + seed) for seed, n in enumerate(sizes)]
    for one, wave in zip(blocks, measure(blocks), strict=True):
        spectrum = wave.spectrum
        alone = transform(one.values, rate_hz=one.rate_hz)
        assert (spectrum.n, spectrum.rate_hz) == (alone.n, alone.rate_hz)
        # What is left of the mean is rounding, and differs.
        atol = 1e-5 * one.values.size**0.5
        np.testing.assert_allclose(spectrum.bins[1:], alone.bins[1:], atol=atol)


def test_a_constant_block_is_silent_among_others() -> None:
    constant = SampleBlock(
        Channel("flat", Sense.SOUND, Unit.PASCAL), 0, RATE_HZ, np.full(4000, 3.3, np.float32)
    )
    flat, _ = measure([constant, block(4000, 1)])
    assert not flat.spectrum.bins.any()


def test_bands_demodulated_together_are_those_demodulated_alone() -> None:
    spectrum = transform(noise(25_600), rate_hz=RATE_HZ)
    bands = [
        (500.0, 6400.0),
        (6400.0, 12800.0),
        *((1000.0 * k, 1000.0 * k + 999) for k in range(7)),
    ]
    together = band_envelopes(spectrum, bands)
    for band, envelope, heights in zip(bands, together, envelope_spectra(together), strict=True):
        alone = band_envelope(spectrum, *band)
        assert (envelope.band_hz, envelope.rate_hz) == (alone.band_hz, alone.rate_hz)
        assert envelope.mean_square == pytest.approx(alone.mean_square, rel=1e-5)
        assert envelope.kurtosis == pytest.approx(alone.kurtosis, abs=1e-4)
        np.testing.assert_allclose(envelope.squared, alone.squared, atol=1e-4)
        np.testing.assert_allclose(heights, envelope_spectrum(alone), atol=1e-5)


@pytest.mark.parametrize("n", [1000, 1001])
def test_the_first_bins_are_those_of_the_whole(n: int) -> None:
    spectrum = transform(noise(n).astype(np.float64), rate_hz=RATE_HZ)
    whole = amplitude(spectrum)
    for bins in (1, 2, 100, whole.size - 1, whole.size, whole.size + 5):
        np.testing.assert_allclose(amplitude(spectrum, bins=bins), whole[:bins], rtol=1e-12)


def test_velocity_of_power_at_hand_is_the_same() -> None:
    spectrum = transform(noise(25_600), rate_hz=RATE_HZ)
    power = power_bins(hann_bins(spectrum))
    assert velocity_rms(spectrum, 10, 1000, power=power) == pytest.approx(
        velocity_rms(spectrum, 10, 1000), rel=1e-6
    )


@pytest.mark.parametrize("n", [1, 2, 3, 10, 11])
def test_median_is_numpys(n: int) -> None:
    x = noise(5 * n).reshape(5, n)
    np.testing.assert_array_equal(median(x), np.median(x, axis=-1))


@pytest.mark.parametrize("n", [1000, 1001])
def test_power_is_that_of_the_hann_bins(n: int) -> None:
    spectrum = transform(noise(n).astype(np.float64), rate_hz=RATE_HZ)
    np.testing.assert_allclose(hann_power(spectrum), power_bins(hann_bins(spectrum)), rtol=1e-12)


@pytest.mark.parametrize("rate_hz", [4000.0, 12_000.0, 25_600.0, 50_000.0, 97_656.0])
@pytest.mark.parametrize(
    "edges_hz", [(0.0, 1600.0, 3200.0, 6400.0, 12800.0), (100.0, 333.0, 9000.0)]
)
def test_bands_of_packets_split_where_needed_are_those_of_all_packets(rate_hz, edges_hz) -> None:
    spectrum = transform(noise(6400).astype(np.float64), rate_hz=rate_hz)
    every = packet_energies_of_bins(spectrum.bins, spectrum.n, wavelet="db4", level=5)
    needed = packet_band_energies(
        spectrum.bins, spectrum.n, rate_hz=rate_hz, edges_hz=edges_hz, wavelet="db4", level=5
    )
    expected = band_energies(every, rate_hz=rate_hz, edges_hz=np.asarray(edges_hz))
    np.testing.assert_allclose(needed, expected, rtol=1e-9)


@pytest.mark.parametrize("scale", [0.0, 1e-20, 1e-3, 1.0, 1e5, 1e12])
def test_levels_in_time_are_those_of_the_moments(scale: float) -> None:
    d = noise(5000) ** 3
    d = (d - d.mean()) * np.float32(scale)
    slow = moments(d)
    levels = time_levels(d.copy(), np.empty_like(d))
    floor = 1e-9
    expected = [slow.rms, slow.peak, slow.crest_factor, slow.peak / slow.clearance_factor]
    got = [levels.rms_db, levels.peak_db, levels.crest_db, levels.carpet_db]
    np.testing.assert_allclose(got, 20 * np.log10(np.maximum(expected, floor)), atol=1e-4)
    np.testing.assert_allclose(levels.kurtosis_db, 10 * np.log10(slow.kurtosis_pearson), atol=1e-4)
    np.testing.assert_allclose(levels.skewness, abs(slow.skewness), atol=1e-4)
