"""Where to demodulate: spectral kurtosis and the kurtogram's tree of bands.

Impacts ring in a resonance; the band where the envelope is most impulsive carries them best.
"""

from dataclasses import dataclass

import numpy as np

from dsp.envelope import band_envelopes
from dsp.spectrum import BlockSpectrum, RealArray, power_bins, transform
from sensors.errors import WindowTooShort

SPLITS = (2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Equal parts of 0..Nyquist at each level: the 1/3-binary tree (Antoni, 2007)."""


@dataclass(frozen=True, slots=True)
class Band:
    """One band and how impulsive its envelope is."""

    lo_hz: float
    hi_hz: float
    kurtosis: float


def spectral_kurtosis(values: RealArray, *, rate_hz: float, segment: int) -> RealArray:
    """Return ``SK(f) = <|X|^4> / <|X|^2>^2 - 2`` over half-overlapped segments.

    Zero for Gaussian noise, -1 for a steady tone, positive where bursts come and go
    (Dwyer, 1983; Antoni, 2006). DC and Nyquist, whose bins are real, are not meaningful.

    Parameters
    ----------
    values : float array, shape (n,)
    rate_hz : float
    segment : int
        Samples per segment; shorter than the bursts' spacing, longer than a burst.

    Returns
    -------
    float array, shape (segment // 2 + 1,)
    """
    step = segment // 2
    count = (values.size - segment) // step + 1 if values.size >= segment else 0
    if count < 8:
        raise WindowTooShort(
            f"{values.size} samples hold {count} segments of {segment}; kurtosis needs 8 or more"
        )
    window = np.hanning(segment + 1)[:-1].astype(values.dtype)
    second = np.zeros(segment // 2 + 1)
    fourth = np.zeros(segment // 2 + 1)
    for start in range(0, count * step, step):
        block = transform(values[start : start + segment] * window, rate_hz=rate_hz)
        power = power_bins(block.bins).astype(np.float64)
        second += power
        fourth += power**2
    return fourth * count / np.maximum(second**2, np.finfo(np.float64).tiny) - 2.0


def filter_tree(
    nyquist_hz: float, *, lowest_hz: float, narrowest_hz: float
) -> tuple[tuple[float, float], ...]:
    """List the bands of the 1/3-binary tree that lie above `lowest_hz`.

    Parameters
    ----------
    nyquist_hz : float
        Upper end of the tree.
    lowest_hz : float
        Bands reach no lower: shaft and gear lines live there, and beat with each other.
    narrowest_hz : float
        No band is narrower, so that modulation up to half of it is seen.
    """
    bands = []
    for parts in SPLITS:
        width = nyquist_hz / parts
        if width < narrowest_hz:
            break
        edges = np.arange(parts + 1) * width
        bands += [
            (max(lo, lowest_hz), hi)
            for lo, hi in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
            if hi - max(lo, lowest_hz) >= narrowest_hz
        ]
    return tuple(bands)


def kurtogram(
    spectrum: BlockSpectrum, *, lowest_hz: float, narrowest_hz: float
) -> tuple[Band, ...]:
    """Measure the envelope's kurtosis in every band of the tree, most impulsive first."""
    tree = filter_tree(spectrum.nyquist_hz, lowest_hz=lowest_hz, narrowest_hz=narrowest_hz)
    bands = [
        Band(lo, hi, envelope.kurtosis)
        for (lo, hi), envelope in zip(tree, band_envelopes(spectrum, tree), strict=True)
    ]
    return tuple(sorted(bands, key=lambda band: -band.kurtosis))


def demodulation_band(
    spectrum: BlockSpectrum, *, lowest_hz: float, narrowest_hz: float
) -> tuple[float, float]:
    """Return the most impulsive band of the kurtogram.

    Raises
    ------
    WindowTooShort
        No band of that width fits between `lowest_hz` and Nyquist.
    """
    bands = kurtogram(spectrum, lowest_hz=lowest_hz, narrowest_hz=narrowest_hz)
    if not bands:
        raise WindowTooShort(
            f"no demodulation band of {narrowest_hz:g} Hz fits between {lowest_hz:g} Hz and "
            f"Nyquist at {spectrum.nyquist_hz:g} Hz; sample faster"
        )
    return bands[0].lo_hz, bands[0].hi_hz
