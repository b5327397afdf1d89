"""Virtual channel: what moves together is added up, what does not is left alone."""

import numpy as np
import pytest
from impacts import RATE_HZ

from dsp.envelope import band_bins
from dsp.spectrum import BlockSpectrum, transform
from dsp.virtual_channel import STANDS_OUT, virtual_channel

SAMPLES = round(RATE_HZ)
BANDS = [(500.0, 1500.0), (1500.0, 2500.0)]
SHARES = np.array([1.0, -0.8, 0.5])


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(SAMPLES).astype(np.float32)


def spectrum(values: np.ndarray) -> BlockSpectrum:
    return transform(values.astype(np.float32), rate_hz=RATE_HZ)


def in_common(strength: float, band: tuple[float, float]) -> list[BlockSpectrum]:
    """Three channels of noise of one, and a motion in common in one band."""
    motion = spectrum(noise(99)).bins
    inside = np.zeros(motion.size)
    inside[band_bins(spectrum(noise(99)), *band)] = strength**0.5 / np.linalg.norm(SHARES)
    return [
        BlockSpectrum(spectrum(noise(seed)).bins + share * inside * motion, SAMPLES, RATE_HZ)
        for seed, share in enumerate(SHARES)
    ]


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_noise_does_not_move_together(seed: int):
    blocks = [spectrum(noise(1000 + seed + one)) for one in range(3)]
    assert virtual_channel(blocks, BANDS)[1] == []


def test_only_the_band_of_a_motion_in_common_is_told():
    assert virtual_channel(in_common(0.5, BANDS[1]), BANDS)[1] == [BANDS[1]]


def test_a_motion_is_told_from_where_its_direction_is_worth_using():
    edge = STANDS_OUT * np.sqrt(3 / 1000)
    assert virtual_channel(in_common(2.5 * edge, BANDS[0]), BANDS)[1] == [BANDS[0]]
    assert virtual_channel(in_common(0.5 * edge, BANDS[0]), BANDS)[1] == []


def test_channels_of_opposite_sign_add_up_all_the_same():
    blocks = in_common(3.0, BANDS[0])
    motion = spectrum(noise(99)).bins
    inside = band_bins(blocks[0], *BANDS[0])
    added = virtual_channel(blocks, BANDS)[0].bins[inside]

    def coherence(bins: np.ndarray) -> float:
        product = abs(np.vdot(motion[inside], bins)) ** 2
        own = np.vdot(motion[inside], motion[inside]).real
        return float(product / np.vdot(bins, bins).real / own)

    # What theory grants to the best sum: t / (1 + t) of its power is the motion's.
    assert coherence(added) == pytest.approx(3.0 / 4.0, abs=0.03)
    assert coherence(added) > max(coherence(block.bins[inside]) for block in blocks) + 0.1


def test_what_one_channel_hears_alone_is_no_motion_in_common():
    comb = 1 + 5 * (np.arange(SAMPLES // 2 + 1) % 40 == 0)
    blocks = [spectrum(noise(seed)) for seed in (70, 71, 72)]
    loud = BlockSpectrum(blocks[0].bins * comb, SAMPLES, RATE_HZ)
    assert virtual_channel([loud, *blocks[1:]], BANDS)[1] == []


def test_the_direction_is_that_of_the_singular_value_decomposition():
    blocks = in_common(1.0, BANDS[0])
    inside = band_bins(blocks[0], *BANDS[0])
    channels = np.stack([block.bins[inside] for block in blocks])
    channels /= np.linalg.norm(channels, axis=1, keepdims=True)
    _, values, rows = np.linalg.svd(channels, full_matrices=False)
    added = virtual_channel(blocks, BANDS)[0].bins[inside]
    assert abs(np.vdot(rows[0], added)) == pytest.approx(values[0], rel=1e-4)


def test_a_dead_channel_and_a_lone_one_do_no_harm():
    dead = BlockSpectrum(np.zeros(SAMPLES // 2 + 1, np.complex64), SAMPLES, RATE_HZ)
    alive = spectrum(noise(7))
    added, _ = virtual_channel([alive, dead], BANDS)
    inside = band_bins(alive, *BANDS[0])
    own = np.abs(alive.bins[inside])
    np.testing.assert_allclose(np.abs(added.bins[inside]), own / np.linalg.norm(own), rtol=1e-4)
    assert virtual_channel([alive], BANDS)[1] == []
    assert virtual_channel([dead, dead], BANDS)[1] == []
    assert np.isfinite(virtual_channel([dead, dead], BANDS)[0].bins).all()
