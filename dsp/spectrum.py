"""One rFFT per block, and everything that can be read off it.

A block is transformed once, without a window; the Hann window is then applied in the frequency
domain, where it is a three-point convolution. So amplitude, density, band energies, velocity and
envelopes (`dsp.envelope`) all share the same transform.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

from sensors.capture import check_rate
from sensors.errors import BadSamples, WindowTooShort

RealArray = npt.NDArray[np.floating[Any]]
ComplexArray = npt.NDArray[np.complexfloating[Any, Any]]

HANN_COHERENT_GAIN = 0.5
"""Mean of the Hann window: a tone's height shrinks by this."""
HANN_POWER_GAIN = 0.375
"""Mean square of the Hann window: noise power shrinks by this."""


@dataclass(frozen=True, slots=True)
class BlockSpectrum:
    """The unwindowed rFFT of one block of `n` samples at `rate_hz`, mean removed.

    Attributes
    ----------
    bins : complex array, shape (n // 2 + 1,)
        ``X[k] = sum x[i] exp(-2 pi j k i / n)``.
    n : int
        Number of samples transformed.
    rate_hz : float
        Their sampling rate.
    """

    bins: ComplexArray
    n: int
    rate_hz: float

    @property
    def resolution_hz(self) -> float:
        """Distance between bins, ``rate / n``."""
        return self.rate_hz / self.n

    @property
    def nyquist_hz(self) -> float:
        """Half the sampling rate."""
        return self.rate_hz / 2

    def index(self, hz: float) -> int:
        """Return the bin nearest to a frequency, kept inside the spectrum."""
        return min(max(round(hz / self.resolution_hz), 0), self.bins.size - 1)


def transform(values: RealArray, *, rate_hz: float) -> BlockSpectrum:
    """Transform a block once, mean removed.

    Parameters
    ----------
    values : float array, shape (n,)
        Samples; float32 in gives complex64 out.
    rate_hz : float
        Sampling rate.

    Raises
    ------
    BadRate
        The rate is impossible.
    WindowTooShort
        Fewer than 8 samples.
    BadSamples
        A sample is not finite.
    """
    check_rate(rate_hz, "spectrum")
    if values.size < 8:
        raise WindowTooShort(f"{values.size} samples carry no spectrum; give 8 or more")
    centred = values - values.mean(dtype=np.float64).astype(values.dtype)
    bins = fft.rfft(centred)
    if not np.isfinite(bins[1]):
        raise BadSamples("the block holds NaN, infinite or overflowing samples; run the audit")
    return BlockSpectrum(bins, values.size, rate_hz)


def hann_bins(spectrum: BlockSpectrum) -> ComplexArray:
    """Return the rFFT of the same block under a periodic Hann window.

    ``Y[k] = (2 X[k] - X[k-1] - X[k+1])/4``, shape (n // 2 + 1,), exact.
    """
    out = _bends(spectrum)
    out *= 0.25
    return out


def hann_power(spectrum: BlockSpectrum) -> RealArray:
    """Return ``|Hann bins|^2``, shape (n // 2 + 1,), without making them first."""
    bends = _bends(spectrum)
    parts = bends.view(bends.real.dtype)
    # In place: every array spared is one that need not be fetched into the cache.
    np.square(parts, out=parts)
    power: RealArray = parts[::2] + parts[1::2]
    power *= 0.0625
    return power


def _bends(spectrum: BlockSpectrum) -> ComplexArray:
    """Return ``2 X[k] - X[k-1] - X[k+1]``."""
    bins, last = spectrum.bins, spectrum.bins.size - 1
    rise = bins[1:] - bins[:-1]
    out = np.empty_like(bins)
    np.subtract(rise[:-1], rise[1:], out=out[1:-1])
    out[0] = 2 * (bins[0] - bins[1].real)
    beyond = bins[last - 1] if spectrum.n % 2 == 0 else bins[last]
    out[last] = 2 * bins[last] - bins[last - 1] - np.conj(beyond)
    return out


def power_bins(bins: ComplexArray) -> RealArray:
    """Return ``|bins|^2`` without the square root's cost, shape (m,)."""
    # Real and imaginary parts in turn are one array without gaps; either alone is not.
    squares = np.square(bins.view(bins.real.dtype))
    power: RealArray = squares[..., ::2] + squares[..., 1::2]
    return power


def one_sided(spectrum: BlockSpectrum, power: RealArray) -> RealArray:
    """Double, in place, every bin that stands for a negative frequency too."""
    power[1 : power.size - (spectrum.n % 2 == 0)] *= 2
    return power


def amplitude(spectrum: BlockSpectrum, *, bins: int | None = None) -> RealArray:
    """Return peak amplitudes under a Hann window, shape (n // 2 + 1,), in the block's unit.

    A sine of amplitude A on a bin reads A there. Between bins it reads up to 1.42 dB low; use
    `tone` where the height of one line matters. With `bins`, only the first so many.
    """
    if bins is not None and bins < spectrum.bins.size:
        # The window leans on one bin more.
        part = BlockSpectrum(spectrum.bins[: bins + 1], spectrum.n, spectrum.rate_hz)
        return _scaled(part)[:bins]
    scaled = _scaled(spectrum)
    if spectrum.n % 2 == 0:
        scaled[-1] /= 2
    return scaled


def _scaled(spectrum: BlockSpectrum) -> RealArray:
    scaled: RealArray = np.abs(hann_bins(spectrum))
    scaled *= 2 / (spectrum.n * HANN_COHERENT_GAIN)
    scaled[0] /= 2
    return scaled


def density(spectrum: BlockSpectrum) -> RealArray:
    """Return the one-sided power spectral density under a Hann window, in unit^2/Hz.

    Equal to `scipy.signal.welch` with one segment, ``window="hann"``, ``detrend="constant"``.
    """
    power = one_sided(spectrum, power_bins(hann_bins(spectrum)))
    power /= spectrum.rate_hz * spectrum.n * HANN_POWER_GAIN
    return power


def welch_density(values: RealArray, *, rate_hz: float, segment: int) -> RealArray:
    """Return Welch's averaged density: Hann segments, half overlapped, each mean removed.

    Parameters
    ----------
    values : float array, shape (n,)
    rate_hz : float
    segment : int
        Samples per segment.

    Returns
    -------
    float array, shape (segment // 2 + 1,)
        One-sided, in unit^2/Hz (Welch, 1967).
    """
    if segment < 8 or values.size < segment:
        raise WindowTooShort(f"segments of {segment} do not fit {values.size} samples")
    step = segment - segment // 2
    count = (values.size - segment) // step + 1
    total = density(transform(values[:segment], rate_hz=rate_hz))
    for start in range(step, count * step, step):
        total += density(transform(values[start : start + segment], rate_hz=rate_hz))
    total /= count
    return total


def tone(spectrum: BlockSpectrum, lo_hz: float, hi_hz: float) -> tuple[float, float]:
    """Find the strongest line between two frequencies and read it between the bins.

    With Hann, neighbouring bins of a lone tone stand at ``a = |Y[k+1]|/|Y[k]|``, whence its
    offset ``d = (2a - 1)/(a + 1)`` and height ``|Y[k]| (pi d / sin pi d)(1 - d^2)``.

    Returns
    -------
    hz, amplitude : float
        Frequency and peak amplitude; exact for a lone tone more than two bins from others.
    """
    bins = hann_bins(spectrum)
    first = max(int(np.ceil(lo_hz / spectrum.resolution_hz)), 1)
    last = min(int(np.floor(hi_hz / spectrum.resolution_hz)), bins.size - 2)
    if last < first:
        raise WindowTooShort(
            f"no bin between {lo_hz:g} and {hi_hz:g} Hz at {spectrum.resolution_hz:g} Hz "
            "resolution; use a longer window"
        )
    heights = np.abs(bins[first - 1 : last + 2]).astype(np.float64)
    peak = 1 + int(np.argmax(heights[1:-1]))
    side = 1 if heights[peak + 1] >= heights[peak - 1] else -1
    ratio = heights[peak + side] / max(heights[peak], np.finfo(np.float64).tiny)
    offset = (2 * ratio - 1) / (ratio + 1)
    # Beyond half a bin the neighbour, not this bin, would be the peak: not a lone tone.
    offset = float(np.clip(offset, 0.0, 0.5))
    height = heights[peak] / np.sinc(offset) * (1 - offset**2)
    hz = (first - 1 + peak + side * offset) * spectrum.resolution_hz
    return float(hz), float(height * 2 / (spectrum.n * HANN_COHERENT_GAIN))
