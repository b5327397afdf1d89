"""Envelope spectra for what is faint: whitened bands, channels added before their size is taken.

Impacts reach all channels of one bearing at once, so their lines in the squared envelopes have one
phase and add up; noise does not. In bands where the channels are seen to move together, the same is
done once more with virtual channels, which have nothing in common (`dsp.virtual_channel`). The
heights are powers over the local floor, which for noise alone follow ``exp(-p)``: so what several
lines say together can be added up as likelihood.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy import fft

from dsp.bank import (
    FLOOR_ORDERS,
    LOWEST_BAND_HZ,
    LOWEST_BAND_ORDER,
    NARROWEST_BAND_ORDER,
    Levels,
    carried_bins,
    local_floor,
)
from dsp.envelope import Envelope, band_envelopes
from dsp.kurtogram import filter_tree
from dsp.lanes import batches, filled
from dsp.spectrum import BlockSpectrum, ComplexArray, RealArray, power_bins
from dsp.virtual_channel import virtual_channels
from dsp.whitening import whitened

PADDING = 2
"""Bins to one over the window's length: a line between two bins of one would lose 2 dB."""

FLOOR_STEP = 8
"""Bins to one of the floor's that is kept: it changes over hundreds."""
OVERSAMPLED = 4
"""Samples kept of an envelope for each of its lines kept: the mean of a run of samples lets through
a tenth of the power that folds back on the highest of them, and far less on the others."""
TAPER = 0.125
"""Share of the window over which either end fades."""


Band = tuple[float, float]
Found = list[tuple[Band, RealArray]]
"""Bands, each with the power of the lines in its envelope."""


@dataclass(frozen=True, slots=True)
class PooledRow:
    """Where one row comes from: the channels added up, and the band demodulated."""

    channels: tuple[str, ...]
    band_hz: tuple[float, float]


@dataclass(frozen=True, slots=True)
class PooledBank:
    """Powers of envelope lines over their floor.

    Attributes
    ----------
    powers : float32 array, shape (b, m)
        Power of each line over the local mean of noise; 1 where the band is too narrow to
        carry the frequency.
    floors : float32 array, shape (b, ceil(m / FLOOR_STEP))
        That local mean itself, as modulation depth squared, of one bin in so many.
    resolution_hz : float
        Distance between bins, ``1 / (PADDING T)`` of a window of T seconds.
    rows : tuple of PooledRow
        Where each row comes from.
    together : bool
        Whether it is of virtual channels, in bands in which the channels move together.
    """

    powers: Levels
    floors: Levels
    resolution_hz: float
    rows: tuple[PooledRow, ...]
    together: bool = False

    @property
    def window_s(self) -> float:
        """Length of the window."""
        return 1 / (PADDING * self.resolution_hz)


def pooled_banks(
    blocks: Sequence[tuple[str, BlockSpectrum]], *, shaft_hz: float, top_order: float
) -> list[PooledBank]:
    """Demodulate the whitened bands of all channels, added up; and of their virtual channels.

    Parameters
    ----------
    blocks : sequence of (str, BlockSpectrum)
        Channel name and transformed block, all over the same window; those whose length or rate is
        not the first one's are left out.
    shaft_hz : float
        Approximate shaft frequency, which scales bands and floor.
    top_order : float
        Highest order kept.

    Returns
    -------
    list of PooledBank
        Of the channels; and of the bands in which they move together, where there are any: the
        strongest virtual channel, and all of them added up.
    """
    first = blocks[0][1]
    alike = [(n, b) for n, b in blocks if (b.n, b.rate_hz) == (first.n, first.rate_hz)]
    tree = filter_tree(
        first.nyquist_hz,
        lowest_hz=max(LOWEST_BAND_HZ, LOWEST_BAND_ORDER * shaft_hz),
        narrowest_hz=NARROWEST_BAND_ORDER * shaft_hz,
    )
    white = [whitened(block) for _, block in alike]
    size = int(np.ceil(top_order * shaft_hz / first.resolution_hz)) * PADDING
    apart: Found = []
    virtual: Found = []
    for _, level in groupby(tree, lambda band: round(band[1] - band[0])):
        bands = list(level)
        apart += [(band, added) for band, added, _ in _added(white, bands, size)]
        for band, added, strongest in _added(*virtual_channels(white, bands), size):
            virtual += [(band, strongest), (band, added)]
    names = tuple(name for name, _ in alike)
    block = round(FLOOR_ORDERS * shaft_hz / first.resolution_hz) * PADDING
    resolution_hz = first.resolution_hz / PADDING
    return [
        _bank(found, names, resolution_hz, block, together=found is virtual)
        for found in (apart, virtual)
        if found
    ]


def _added(
    blocks: Sequence[BlockSpectrum], bands: Sequence[Band], size: int
) -> Iterator[tuple[Band, RealArray, RealArray]]:
    """Yield each band, the power of its channels' lines added up, and of the last one's alone."""
    each = [_lines(band_envelopes(block, bands), size) for block in blocks]
    for band, *heard in zip(bands, *each, strict=True):
        added = np.mean(heard, axis=0, dtype=heard[0].dtype)
        yield band, power_bins(added), power_bins(heard[-1])


def _bank(
    found: Found, channels: tuple[str, ...], resolution_hz: float, block: int, *, together: bool
) -> PooledBank:
    """Take powers over their floor, the local mean of noise; what was found is given up for it."""
    rows = tuple(PooledRow(channels, band_hz) for band_hz, _ in found)
    powers = np.stack([power for _, power in found])
    found.clear()
    floors = np.empty_like(powers[:, ::FLOOR_STEP])
    # Row by row: the floor of all of them, in double precision, would be the most memory here.
    for power, kept, row in zip(powers, floors, rows, strict=True):
        floor = local_floor(power, block)
        floor /= np.log(2)  # the median of noise power over its mean
        kept[:] = floor[::FLOOR_STEP]
        power /= np.maximum(floor, np.finfo(np.float32).tiny)
        power[carried_bins(row.band_hz, PADDING * resolution_hz) * PADDING :] = 1.0
    return PooledBank(powers, floors, resolution_hz, rows, together)


def _lines(envelopes: Sequence[Envelope], size: int) -> list[ComplexArray]:
    """Return the lines of squared envelopes, peak over mean, with their phase."""
    found: list[ComplexArray] = []
    for length, batch in batches(envelopes, lambda envelope: envelope.squared.size):
        # Wide bands' envelopes are sampled far faster than the lines that are kept.
        together = _divisor(length, OVERSAMPLED * size // PADDING)
        samples = length // together
        window = _tapered(samples)
        mean = np.full(together, 1 / together, batch[0].squared.dtype)
        padded = np.zeros((filled(len(batch)), PADDING * samples), batch[0].squared.dtype)
        for row, envelope in zip(padded, batch, strict=False):
            runs = envelope.squared.reshape(samples, together)
            row[:samples] = (runs @ mean - 1) * window
        bins = fft.rfft(padded, overwrite_x=True)
        found += [_extended(row, size) for row in bins[: len(batch)]]
    return found


def _divisor(length: int, least: int) -> int:
    """Return by how much a length can be divided and leave at least so many."""
    most = max(length // max(least, 1), 1)
    return max(one for one in range(1, most + 1) if length % one == 0)


def _tapered(n: int) -> RealArray:
    """Return a window whose ends fade in and out, scaled to read a line's peak.

    A third less noise than under Hann, which matters where lines are faint; far from strong lines,
    where a rectangle's leakage would still be felt, it has died away.
    """
    window = np.ones(n)
    edge = max(round(TAPER * n), 1)
    window[:edge] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)
    window[n - edge :] = window[:edge][::-1]
    window *= 2 / window.sum()
    return window


def _extended(bins: ComplexArray, size: int) -> ComplexArray:
    """Cut to `size`, or fill up with nothing."""
    return np.pad(bins[:size], (0, max(size - bins.size, 0)))
