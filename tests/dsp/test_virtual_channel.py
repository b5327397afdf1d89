"""Virtual channel: what moves together is added up, what does not is left alone."""

import numpy as np
import pytest
from impacts import RATE_HZ

from dsp.envelope import band_bins
from dsp.spectrum import BlockSpectrum, transform
from dsp.virtual_channel import STANDS_OUT, virtual_channels

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
    assert virtual_channels(blocks, BANDS)[1] == []


def test_only_the_band_of_a_motion_in_common_is_told():
    channels, together = virtual_channels(in_common(0.5, BANDS[1]), BANDS)
    assert together == [BANDS[1]]
    inside = band_bins(channels[0], *BANDS[1])
    for channel in channels:
        assert not np.delete(channel.bins, np.r_[inside]).any()


@pytest.mark.parametrize(("strength", "told"), [(5.5, True), (2.5, False)])
def test_from_which_strength_a_motion_is_told(strength: float, told: bool):
    weakest = np.sqrt(3 / 1000)
    assert strength > STANDS_OUT
    together = virtual_channels(in_common(strength * weakest, BANDS[0]), BANDS)[1]
    assert together == ([BANDS[0]] if told else [])


def test_the_strongest_holds_a_motion_in_common_whatever_its_signs():
    blocks = in_common(3.0, BANDS[0])
    motion = spectrum(noise(99)).bins
    inside = band_bins(blocks[0], *BANDS[0])
    weakest, *_, strongest = virtual_channels(blocks, BANDS)[0]

    def coherence(bins: np.ndarray) -> float:
        product = abs(np.vdot(motion[inside], bins)) ** 2
        own = np.vdot(motion[inside], motion[inside]).real
        return float(product / np.vdot(bins, bins).real / own)

    # What theory grants to the best sum: t / (1 + t) of its power is the motion's.
    assert coherence(strongest.bins[inside]) == pytest.approx(3.0 / 4.0, abs=0.03)
    best = max(coherence(block.bins[inside]) for block in blocks)
    assert coherence(strongest.bins[inside]) > best + 0.1
    assert coherence(weakest.bins[inside]) < 0.05


def test_virtual_channels_have_nothing_in_common():
    blocks = in_common(1.0, BANDS[0])
    inside = band_bins(blocks[0], *BANDS[0])
    rows = np.stack([one.bins[inside] for one in virtual_channels(blocks, BANDS)[0]])
    products = np.abs(rows @ rows.conj().T)
    assert np.all(products[~np.eye(3, dtype=bool)] < 1e-4)


def test_what_one_channel_hears_alone_is_no_motion_in_common():
    comb = 1 + 5 * (np.arange(SAMPLES // 2 + 1) % 40 == 0)
    blocks = [spectrum(noise(seed)) for seed in (70, 71, 72)]
    loud = BlockSpectrum(blocks[0].bins * comb, SAMPLES, RATE_HZ)
    assert virtual_channels([loud, *blocks[1:]], BANDS)[1] == []


def test_the_directions_are_those_of_the_singular_value_decomposition():
    blocks = in_common(1.0, BANDS[0])
    inside = band_bins(blocks[0], *BANDS[0])
    channels = np.stack([block.bins[inside] for block in blocks])
    channels /= np.linalg.norm(channels, axis=1, keepdims=True)
    _, values, rows = np.linalg.svd(channels, full_matrices=False)
    turned = virtual_channels(blocks, BANDS)[0]
    for value, row, one in zip(values, rows, reversed(turned), strict=True):
        assert abs(np.vdot(row, one.bins[inside])) == pytest.approx(value, rel=1e-4)


def test_dead_channels_and_a_lone_one_move_with_nothing():
    dead = BlockSpectrum(np.zeros(SAMPLES // 2 + 1, np.complex64), SAMPLES, RATE_HZ)
    alive = [spectrum(noise(seed)) for seed in (7, 8)]
    for blocks in ([alive[0]], [alive[0], dead], [*alive, dead], [dead, dead]):
        channels, together = virtual_channels(blocks, BANDS)
        assert together == []
        assert not any(one.bins.any() for one in channels)
