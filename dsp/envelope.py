"""Envelopes by Hilbert transform, straight from a block's rFFT.

The analytic signal of a band is the inverse FFT of its positive-frequency bins alone. Shifted
down to zero and cut to the band's own width, it needs an inverse FFT of the band's bins only; it
is zero-padded to twice that width, because the squared magnitude has twice the bandwidth and
would fold back otherwise.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from dsp.spectrum import BlockSpectrum, RealArray, amplitude
from sensors.errors import WindowTooShort


@dataclass(frozen=True, slots=True)
class Envelope:
    """The squared envelope of one band, in units of its own mean.

    Attributes
    ----------
    squared : float array, shape (m,)
        ``|analytic signal|^2 / mean``: mean 1 for every band.
    mean_square : float
        Mean of the squared envelope before scaling: twice the band's mean square.
    rate_hz : float
        Rate of the envelope's samples, at least twice the band's width.
    band_hz : tuple of float
        The band demodulated.
    """

    squared: RealArray
    mean_square: float
    rate_hz: float
    band_hz: tuple[float, float]

    @property
    def kurtosis(self) -> float:
        """Spectral kurtosis of the band, ``<a^4>/<a^2>^2 - 2``: 0 for Gaussian noise."""
        return float(np.mean(self.squared**2)) - 2.0


def band_envelope(spectrum: BlockSpectrum, lo_hz: float, hi_hz: float) -> Envelope:
    """Demodulate one band of a transformed block.

    Parameters
    ----------
    spectrum : BlockSpectrum
        Of n samples.
    lo_hz, hi_hz : float
        The band, kept below Nyquist.

    Raises
    ------
    WindowTooShort
        The band holds fewer than 8 bins.
    """
    first = max(round(lo_hz / spectrum.resolution_hz), 1)
    last = min(round(hi_hz / spectrum.resolution_hz), spectrum.bins.size - 1)
    width = last - first
    if width < 8:
        raise WindowTooShort(
            f"the band from {lo_hz:g} to {hi_hz:g} Hz holds {max(width, 0)} bins of "
            f"{spectrum.resolution_hz:g} Hz; give a wider band or a longer window"
        )
    length = fft.next_fast_len(2 * width)
    padded = np.zeros(length, spectrum.bins.dtype)
    padded[:width] = spectrum.bins[first:last]
    analytic = fft.ifft(padded, overwrite_x=True)
    squared: RealArray = analytic.real**2
    squared += analytic.imag**2
    mean = float(squared.mean(dtype=np.float64))
    if mean > 0.0:
        squared /= squared.dtype.type(mean)
    scale = 2 * length / spectrum.n
    return Envelope(
        squared,
        mean * scale**2,
        spectrum.rate_hz * length / spectrum.n,
        (first * spectrum.resolution_hz, last * spectrum.resolution_hz),
    )


def envelope_spectrum(envelope: Envelope) -> RealArray:
    """Return the modulation depth at each frequency, shape (m // 2 + 1,).

    Peak amplitude of each line of the squared envelope under a Hann window, relative to the
    envelope's mean: a carrier modulated as ``1 + d cos`` with small d reads 2 d. The distance
    between bins is one over the block's duration, as in the block's own spectrum; the mean is
    removed.
    """
    centred = envelope.squared - envelope.squared.dtype.type(1)
    block = BlockSpectrum(fft.rfft(centred), centred.size, envelope.rate_hz)
    return amplitude(block)
