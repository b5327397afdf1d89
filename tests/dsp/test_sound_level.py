"""Levels, bands and coherence of sound against tables and independent computations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import coherence as scipy_coherence
from scipy.signal import resample_poly

from dsp.a_weighting import a_weighting_db, a_weighting_power
from dsp.coherence import chance_coherence, coherence, line_readings, segment_count
from dsp.sound_level import mean_square_bins, sound_level
from dsp.spectrum import transform
from dsp.third_octave import third_octaves
from sensors.capture import Channel, SampleBlock, Sense, Unit
from sensors.errors import BadSamples, WindowTooShort

RATE_HZ = 48000.0
# IEC 61672-1:2013, table 3, A weighting in dB at nominal frequencies.
TABLE = {
    10.0: -70.4, 20.0: -50.5, 31.5: -39.4, 50.0: -30.2, 63.0: -26.2, 100.0: -19.1, 125.0: -16.1,
    200.0: -10.9, 250.0: -8.6, 500.0: -3.2, 800.0: -0.8, 1000.0: 0.0, 2000.0: 1.2, 2500.0: 1.3,
    4000.0: 1.0, 8000.0: -1.1, 10000.0: -2.5, 12500.0: -4.3, 16000.0: -6.6, 20000.0: -9.3,
}  # fmt: skip


def heard(values: np.ndarray, unit: Unit, rate_hz: float = RATE_HZ) -> SampleBlock:
    return SampleBlock(Channel("mic", Sense.SOUND, unit), 0, rate_hz, values.astype(np.float32))


def tone(hz: float, rms: float, seconds: float = 1.0, rate_hz: float = RATE_HZ) -> np.ndarray:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return rms * np.sqrt(2) * np.sin(2 * np.pi * hz * t)


@pytest.mark.parametrize(("hz", "db"), TABLE.items())
def test_a_weighting_follows_the_published_table(hz: float, db: float) -> None:
    # The table is for exact base-ten frequencies, rounded to a tenth of a decibel.
    exact = 1000 * 10 ** (round(10 * np.log10(hz / 1000)) / 10)
    assert a_weighting_db(exact) == pytest.approx(db, abs=0.1)
    assert a_weighting_db(hz) == pytest.approx(db, abs=0.3)


def test_a_weighting_has_no_constant_part() -> None:
    assert a_weighting_power(0.0) == 0.0
    assert a_weighting_db([0.0])[0] == -np.inf


def test_a_calibrator_reads_its_own_level() -> None:
    """94 dB at 1 kHz is 1 Pa RMS and has no weighting; at 100 Hz the ear hears 19.1 dB less."""
    one_khz = sound_level(heard(tone(1000.0, 1.0), Unit.PASCAL))
    assert (one_khz.unit, one_khz.level_db) == ("dBA", pytest.approx(93.98, abs=0.02))
    assert sound_level(heard(tone(100.0, 1.0), Unit.PASCAL)).level_db == pytest.approx(
        93.98 - 19.1, abs=0.1
    )


def test_without_calibration_there_is_no_dba() -> None:
    full = sound_level(heard(tone(997.0, 0.5**0.5), Unit.FULL_SCALE))
    assert (full.unit, full.level_db) == ("dBFS", pytest.approx(0.0, abs=0.02))
    assert sound_level(heard(tone(997.0, 1.0), Unit.UNSCALED)).unit == "dB"


def test_shape_tells_a_tone_from_noise() -> None:
    rng = np.random.default_rng(1)
    noise = sound_level(heard(rng.standard_normal(48000), Unit.PASCAL))
    pure = sound_level(heard(tone(1000.0, 1.0), Unit.PASCAL))
    assert noise.entropy > 0.9 > 0.2 > pure.entropy
    assert noise.flatness_db > -4.0 > -40.0 > pure.flatness_db


def test_silence_and_scraps_are_named() -> None:
    with pytest.raises(BadSamples, match="mic"):
        sound_level(heard(np.zeros(1000), Unit.PASCAL))
    with pytest.raises(WindowTooShort, match="band"):
        sound_level(heard(np.random.default_rng(2).standard_normal(16), Unit.PASCAL, 100.0))


@pytest.mark.parametrize(("hz", "name"), [(1000.0, 1000.0), (100.0, 100.0), (3150.0, 3150.0)])
def test_a_tone_falls_into_the_band_of_its_name(hz: float, name: float) -> None:
    spectrum = transform(tone(hz, 1.0), rate_hz=RATE_HZ)
    bands = third_octaves(spectrum, mean_square_bins(spectrum))
    at = int(bands.mean_square.argmax())
    assert bands.nominal_hz[at] == name
    assert bands.mean_square[at] == pytest.approx(1.0, abs=2e-3)
    assert bands.edges_hz[at] < hz < bands.edges_hz[at + 1]
    assert np.delete(bands.mean_square, at).max() < 1e-3


def test_edges_are_base_ten() -> None:
    """IEC 61260-1: the edges of the 1 kHz band are 891.25 and 1122.02 Hz; ten bands a decade."""
    spectrum = transform(tone(1000.0, 1.0), rate_hz=RATE_HZ)
    bands = third_octaves(spectrum, mean_square_bins(spectrum))
    at = bands.nominal_hz.tolist().index(1000.0)
    np.testing.assert_allclose(bands.edges_hz[at : at + 2], [891.2509, 1122.0185], rtol=1e-6)
    np.testing.assert_allclose(bands.edges_hz[10:] / bands.edges_hz[:-10], 10.0)
    np.testing.assert_allclose(bands.nominal_hz[10:] / bands.nominal_hz[:-10], 10.0)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**31),
    st.integers(2000, 9001),
    st.sampled_from([3000.0, 16000.0, 44100.0]),
)
def test_bands_add_up_to_the_whole(seed: int, n: int, rate_hz: float) -> None:
    x = np.random.default_rng(seed).standard_normal(n)
    spectrum = transform(x, rate_hz=rate_hz)
    bins = mean_square_bins(spectrum)
    bands = third_octaves(spectrum, bins)
    assert bands.mean_square.min() >= 0
    assert bands.mean_square.sum() + bands.below + bands.above == pytest.approx(bins.sum())
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    assert bins.sum() == pytest.approx(np.mean((x - x.mean()) ** 2 * window**2) / 0.375)


def test_white_noise_rises_a_decibel_a_band() -> None:
    x = np.random.default_rng(3).standard_normal(2**18)
    spectrum = transform(x, rate_hz=RATE_HZ)
    bands = third_octaves(spectrum, mean_square_bins(spectrum))
    expected = np.diff(bands.edges_hz) / (RATE_HZ / 2)
    np.testing.assert_allclose(bands.mean_square[18:], expected[18:], rtol=0.1)


def shared_noise(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    common = rng.standard_normal(n)
    other = np.convolve(common, [0.2, 0.5, -0.3], "same") + 0.4 * rng.standard_normal(n)
    return common + 0.5 * rng.standard_normal(n), other


def test_coherence_is_scipys() -> None:
    first, second = shared_noise(8192)
    hz, expected = scipy_coherence(first, second, 1024.0, window="hann", nperseg=512)
    got = coherence(
        first, second, rates_hz=(1024.0, 1024.0), lines_hz=hz[1:-1], segment_s=512 / 1024.0
    )
    np.testing.assert_allclose(got, expected[1:-1], rtol=1e-6, atol=1e-9)


def test_coherence_meets_across_rates() -> None:
    """A channel sampled at two thirds of the other's rate is still the same signal."""
    rng = np.random.default_rng(5)
    fine = resample_poly(rng.standard_normal(16000), 1, 2)
    coarse = resample_poly(fine, 2, 3)
    lines = np.array([101.3, 250.0, 777.7])
    got = coherence(fine, coarse, rates_hz=(3000.0, 2000.0), lines_hz=lines, segment_s=0.125)
    assert got.min() > 0.99


def test_strangers_are_coherent_by_chance_alone() -> None:
    rng = np.random.default_rng(6)
    lines = np.arange(20.0, 480.0, 8.0)
    bar = chance_coherence(segment_count(4.0, 0.25), 0.05)
    shares = [
        np.mean(
            coherence(
                rng.standard_normal(4000),
                rng.standard_normal(4000),
                rates_hz=(1000.0, 1000.0),
                lines_hz=lines,
                segment_s=0.25,
            )
            > bar
        )
        for _ in range(20)
    ]
    assert 0.025 < np.mean(shares) < 0.085


def test_a_steady_tone_stands_still() -> None:
    wave = tone(49.3, 1.0, 2.0, 1000.0)
    readings = line_readings(wave, rate_hz=1000.0, lines_hz=np.array([49.3]), segment_s=0.2003)
    assert np.abs(readings) == pytest.approx(np.sqrt(2), rel=1e-2)
    assert np.ptp(np.unwrap(np.angle(readings[:, 0]))) < 0.02


def test_too_little_for_coherence_is_named() -> None:
    with pytest.raises(WindowTooShort, match="segments"):
        coherence(
            np.ones(100), np.ones(100), rates_hz=(100.0, 100.0), lines_hz=[5.0], segment_s=0.9
        )
