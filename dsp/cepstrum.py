"""Cepstra: a whole family of equally spaced lines becomes one peak, at the spacing's period.

Harmonics of a loose part, sidebands of a worn gear: what a spectrum shows as a fence of lines, a
cepstrum shows as one line at quefrency ``1 / spacing`` and its multiples, the rahmonics.
"""

import numpy as np
from scipy import fft

from dsp.spectrum import RealArray
from dsp.statistics import median
from sensors.errors import WindowTooShort

FLOOR = 1e-6
"""Lines this far below the strongest (120 dB) are taken to be empty: a logarithm needs a floor."""
NEIGHBOURHOOD = 0.2
"""A peak is measured against the quefrencies this close, relative, to either side."""
PEAK_SAMPLES = 2
"""A peak may stand this many samples from where it is looked for."""


def real_cepstrum(x: RealArray) -> RealArray:
    """Return ``irfft(log|rfft(x)|)`` along the last axis.

    Parameters
    ----------
    x : float array, shape (..., n)
        Samples; lines weaker than 1e-6 of the strongest are raised to that.

    Returns
    -------
    float array, shape (..., n)
        Sample m stands at quefrency ``m / rate``; nepers (Bogert, Healy and Tukey, 1963).

    Raises
    ------
    WindowTooShort
        Fewer than 8 samples.
    """
    if x.shape[-1] < 8:
        raise WindowTooShort(f"{x.shape[-1]} samples carry no cepstrum; give 8 or more")
    heights = np.abs(fft.rfft(x))
    highest = heights.max(axis=-1, keepdims=True)
    floor = np.maximum(FLOOR * highest, np.finfo(heights.dtype).tiny)
    cepstrum: RealArray = fft.irfft(np.log(np.maximum(heights, floor)), x.shape[-1])
    return cepstrum


def density_cepstrum(density: RealArray) -> RealArray:
    """Return ``irfft(log sqrt(density))``: the real cepstrum of an averaged spectrum, or a part.

    One long transform hides families, whose lines fill few of its bins; a density averaged over
    segments of several periods shows them.

    Parameters
    ----------
    density : float array, shape (..., m)
        Power of m bins from zero on; weaker ones than 1e-12 of the strongest are raised to that.

    Returns
    -------
    float array, shape (..., 2 m - 2)
        Sample k stands at quefrency ``k / (2 top)``, where `top` is the frequency of the last bin.
    """
    if density.shape[-1] < 5:
        raise WindowTooShort(f"{density.shape[-1]} bins carry no cepstrum; give 5 or more")
    floor = np.maximum(FLOOR**2 * density.max(axis=-1, keepdims=True), np.finfo(np.float32).tiny)
    cepstrum: RealArray = fft.irfft(0.5 * np.log(np.maximum(density, floor)))
    return cepstrum


def power_cepstrum(x: RealArray) -> RealArray:
    """Return ``irfft(log|rfft(x)|^2)^2`` along the last axis, four times the real one squared."""
    cepstrum: RealArray = 4 * real_cepstrum(x) ** 2
    return cepstrum


def quefrency_peak(cepstrum: RealArray, at: float) -> float:
    """Return how many times higher than its neighbourhood a cepstrum stands at a quefrency.

    Parameters
    ----------
    cepstrum : float array, shape (n,)
        Real cepstrum.
    at : float
        Quefrency in samples, e.g. ``rate_hz / shaft_hz`` for harmonics of the shaft.

    Returns
    -------
    float
        Highest value within two samples over the median magnitude from 0.8 to 1.2 of `at`:
        noise alone seldom reaches 5.

    Raises
    ------
    WindowTooShort
        The cepstrum ends before 1.2 of `at`, or `at` is under 16 samples.
    """
    first, last = int(at * (1 - NEIGHBOURHOOD)), int(at * (1 + NEIGHBOURHOOD)) + 1
    if at < 16 or last > cepstrum.shape[-1] // 2:
        raise WindowTooShort(
            f"no quefrency of {at:.0f} samples in a cepstrum of {cepstrum.shape[-1]}; "
            "use a longer window or a higher rate"
        )
    centre = round(at)
    peak = cepstrum[centre - PEAK_SAMPLES : centre + PEAK_SAMPLES + 1].max()
    floor = median(np.abs(cepstrum[first:last]))
    return float(peak / max(float(floor), np.finfo(np.float64).tiny))
