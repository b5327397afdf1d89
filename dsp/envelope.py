"""Envelopes by Hilbert transform, straight from a block's rFFT.

The analytic signal of a band is the inverse FFT of its positive-frequency bins alone. Shifted
down to zero and cut to the band's own width, it needs an inverse FFT of the band's bins only; it
is zero-padded to twice that width, because the squared magnitude has twice the bandwidth and
would fold back otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft

from dsp.lanes import batches, filled
from dsp.spectrum import BlockSpectrum, ComplexArray, RealArray, amplitude, power_bins
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
        return float(np.dot(self.squared, self.squared)) / self.squared.size - 2.0


@dataclass(frozen=True, slots=True)
class _Cut:
    """The bins of one band, and how many samples its envelope gets."""

    first: int
    last: int
    length: int


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
    cut = _cut(spectrum, lo_hz, hi_hz)
    padded = np.zeros(cut.length, spectrum.bins.dtype)
    padded[: cut.last - cut.first] = spectrum.bins[cut.first : cut.last]
    return _envelope(spectrum, cut, fft.ifft(padded, overwrite_x=True))


def band_envelopes(
    spectrum: BlockSpectrum, bands_hz: Sequence[tuple[float, float]]
) -> list[Envelope]:
    """Demodulate several bands as `band_envelope` does, neighbours of one width together."""
    cuts = [_cut(spectrum, lo_hz, hi_hz) for lo_hz, hi_hz in bands_hz]
    envelopes = []
    for length, batch in batches(cuts, lambda cut: cut.length):
        padded = np.zeros((filled(len(batch)), length), spectrum.bins.dtype)
        for row, cut in zip(padded, batch, strict=False):
            row[: cut.last - cut.first] = spectrum.bins[cut.first : cut.last]
        rows = fft.ifft(padded, overwrite_x=True)
        envelopes += [_envelope(spectrum, cut, row) for cut, row in zip(batch, rows, strict=False)]
    return envelopes


def band_bins(spectrum: BlockSpectrum, lo_hz: float, hi_hz: float) -> slice:
    """Return the bins of a band, without that of DC and of Nyquist's frequency."""
    first = max(round(lo_hz / spectrum.resolution_hz), 1)
    return slice(first, min(round(hi_hz / spectrum.resolution_hz), spectrum.bins.size - 1))


def _cut(spectrum: BlockSpectrum, lo_hz: float, hi_hz: float) -> _Cut:
    inside = band_bins(spectrum, lo_hz, hi_hz)
    width = inside.stop - inside.start
    if width < 8:
        raise WindowTooShort(
            f"the band from {lo_hz:g} to {hi_hz:g} Hz holds {max(width, 0)} bins of "
            f"{spectrum.resolution_hz:g} Hz; give a wider band or a longer window"
        )
    # Real means factors up to 5 only: those of 7 and 11 cost more than a little padding.
    return _Cut(inside.start, inside.stop, fft.next_fast_len(2 * width, real=True))


def _envelope(spectrum: BlockSpectrum, cut: _Cut, analytic: ComplexArray) -> Envelope:
    squared = power_bins(analytic)
    mean = float(squared.sum(dtype=np.float64)) / cut.length
    if mean > 0.0:
        squared /= squared.dtype.type(mean)
    scale = 2 * cut.length / spectrum.n
    return Envelope(
        squared,
        mean * scale**2,
        spectrum.rate_hz * cut.length / spectrum.n,
        (cut.first * spectrum.resolution_hz, cut.last * spectrum.resolution_hz),
    )


def envelope_spectrum(envelope: Envelope, *, bins: int | None = None) -> RealArray:
    """Return the modulation depth at each frequency, shape (m // 2 + 1,).

    Peak amplitude of each line of the squared envelope under a Hann window, relative to the
    envelope's mean: a carrier modulated as ``1 + d cos`` with small d reads 2 d. The distance
    between bins is one over the block's duration, as in the block's own spectrum; the mean is
    removed. With `bins`, only the first so many.
    """
    size = envelope.squared.size
    transformed = fft.rfft(envelope.squared - envelope.squared.dtype.type(1))
    return amplitude(BlockSpectrum(transformed, size, envelope.rate_hz), bins=bins)


def envelope_spectra(envelopes: Sequence[Envelope], *, bins: int | None = None) -> list[RealArray]:
    """Return the spectra of several envelopes, neighbours of one length together."""
    spectra = []
    for size, batch in batches(envelopes, lambda envelope: envelope.squared.size):
        rows = np.zeros((filled(len(batch)), size), batch[0].squared.dtype)
        for row, envelope in zip(rows, batch, strict=False):
            np.subtract(envelope.squared, 1, out=row)
        spectra += [
            amplitude(BlockSpectrum(transformed, size, envelope.rate_hz), bins=bins)
            for transformed, envelope in zip(fft.rfft(rows), batch, strict=False)
        ]
    return spectra
