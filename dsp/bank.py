"""A bank of levelled spectra: every band of every channel, in dB over its own floor.

Line searches run on banks, so that trying many bands and channels is one array operation and is
paid for in the ranking of every line found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from dsp.envelope import band_envelopes, envelope_spectra
from dsp.kurtogram import filter_tree
from dsp.spectrum import BlockSpectrum, RealArray, amplitude
from dsp.statistics import median
from sensors.errors import WindowTooShort

Levels = npt.NDArray[np.float32]

LOWEST_BAND_HZ = 500.0
"""Demodulation starts above the lines of shaft, gears and supply, which beat with each other."""
LOWEST_BAND_ORDER = 15.0
"""The same in orders of shaft speed, whichever is higher."""
NARROWEST_BAND_ORDER = 20.0
"""A band carries modulation up to its width: this holds a fundamental with its sidebands."""
CARRIED = 0.85
"""Share of its width up to which a band carries modulation: at its full width none is left, and no
floor to measure from."""
FLOOR_ORDERS = 1.5
"""The floor is the median over this many orders."""
SAME_RESOLUTION = 1e-3
"""Channels whose resolutions differ by less share one frequency axis."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one row of a bank comes from.

    Attributes
    ----------
    channel : str
        Which channel.
    band_hz : tuple of float
        Which band.
    kurtosis : float
        Kurtosis of the band's envelope, 0 for Gaussian noise; NaN for plain spectra.
    """

    channel: str
    band_hz: tuple[float, float]
    kurtosis: float


@dataclass(frozen=True, slots=True)
class LevelBank:
    """Levelled spectra of one or more channels and bands on one frequency axis.

    Attributes
    ----------
    levels_db : float32 array, shape (b, m)
        Each line's height over its local floor; 0 where an envelope's band is too narrow to
        carry the frequency.
    heights : float32 array, shape (b, m)
        The spectra themselves: modulation depth for envelopes, amplitude otherwise.
    resolution_hz : float
        Distance between bins.
    origins : tuple of Origin
        Channel and band of each row.
    """

    levels_db: Levels
    heights: Levels
    resolution_hz: float
    origins: tuple[Origin, ...]


def level_over_floor(spectrum: RealArray, block: int) -> Levels:
    """Return each bin's height in dB over the local median, shape as `spectrum`.

    The floor is the median of blocks of `block` bins, interpolated between their centres: lines
    do not lift it unless they fill half a block.

    Parameters
    ----------
    spectrum : float array, shape (..., m)
    block : int
        Bins per block.
    """
    tiny, m = np.finfo(np.float32).tiny, spectrum.shape[-1]
    level: Levels = np.empty(spectrum.shape, np.float32)
    # Row by row: in double precision a whole bank would be several times what it ends as.
    for row, out in zip(spectrum.reshape(-1, m), level.reshape(-1, m), strict=True):
        out[:] = 20 * (np.log10(np.maximum(row, tiny)) - _log_floor(row, block))
    return level


def local_floor(spectrum: RealArray, block: int) -> RealArray:
    """Return the floor that `level_over_floor` measures from, shape as `spectrum`."""
    floor: RealArray = 10 ** _log_floor(spectrum, block)
    return floor


def _log_floor(spectrum: RealArray, block: int) -> RealArray:
    m = spectrum.shape[-1]
    block = min(max(block, 4), m)
    count = max(m // block, 1)
    trimmed = spectrum[..., : count * block].reshape(*spectrum.shape[:-1], count, block)
    medians = np.log10(np.maximum(median(trimmed), np.finfo(np.float32).tiny))
    position = (np.arange(m) + 0.5) / block - 0.5
    left = np.clip(np.floor(position).astype(np.intp), 0, count - 1)
    right = np.minimum(left + 1, count - 1)
    weight = np.clip(position - left, 0.0, 1.0)
    floor: RealArray = medians[..., left] * (1 - weight) + medians[..., right] * weight
    return floor


def _bank(
    rows: list[RealArray],
    origins: list[Origin],
    resolution_hz: float,
    shaft_hz: float,
) -> LevelBank:
    heights = np.stack(rows, dtype=np.float32, casting="same_kind")
    levels = level_over_floor(heights, round(FLOOR_ORDERS * shaft_hz / resolution_hz))
    return LevelBank(levels, heights, resolution_hz, tuple(origins))


def _padded(spectrum: RealArray, size: int) -> RealArray:
    """Cut to `size`, or extend by the median of the last bins, which makes no lines."""
    if spectrum.size >= size:
        return spectrum[:size]
    return np.pad(spectrum, (0, size - spectrum.size), constant_values=np.median(spectrum[-50:]))


def carried_bins(band_hz: tuple[float, float], resolution_hz: float) -> int:
    """Return how many bins of its envelope's spectrum a band carries modulation in."""
    return int(CARRIED * (band_hz[1] - band_hz[0]) / resolution_hz)


def envelope_bank(
    blocks: Sequence[tuple[str, BlockSpectrum]], *, shaft_hz: float, top_order: float
) -> LevelBank:
    """Demodulate every band of the 1/3-binary tree in every channel.

    Parameters
    ----------
    blocks : sequence of (str, BlockSpectrum)
        Channel name and transformed block, all over the same window.
    shaft_hz : float
        Approximate shaft frequency, which scales bands and floor.
    top_order : float
        Highest order kept.

    Raises
    ------
    WindowTooShort
        No band fits below Nyquist.
    """
    resolution = blocks[0][1].resolution_hz
    size = int(np.ceil(top_order * shaft_hz / resolution))
    rows: list[RealArray] = []
    origins: list[Origin] = []
    for name, block in blocks:
        if abs(block.resolution_hz / resolution - 1) > SAME_RESOLUTION:
            continue
        tree = filter_tree(
            block.nyquist_hz,
            lowest_hz=max(LOWEST_BAND_HZ, LOWEST_BAND_ORDER * shaft_hz),
            narrowest_hz=NARROWEST_BAND_ORDER * shaft_hz,
        )
        # Bands of one width are done together; all at once would take too much memory.
        for _, level in groupby(tree, lambda band: round(band[1] - band[0])):
            bands = list(level)
            envelopes = band_envelopes(block, bands)
            spectra = envelope_spectra(envelopes, bins=size)
            rows += [_padded(spectrum, size) for spectrum in spectra]
            origins += [
                Origin(name, band, envelope.kurtosis)
                for band, envelope in zip(bands, envelopes, strict=True)
            ]
    if not rows:
        raise WindowTooShort(
            f"no demodulation band fits between {LOWEST_BAND_HZ:g} Hz and Nyquist at "
            f"{blocks[0][1].nyquist_hz:g} Hz; sample faster"
        )
    bank = _bank(rows, origins, resolution, shaft_hz)
    for levels, origin in zip(bank.levels_db, bank.origins, strict=True):
        levels[carried_bins(origin.band_hz, resolution) :] = 0.0
    return bank


def amplitude_bank(
    blocks: Sequence[tuple[str, BlockSpectrum]], *, shaft_hz: float, top_order: float
) -> LevelBank:
    """Level the plain amplitude spectra of every channel up to an order."""
    resolution = blocks[0][1].resolution_hz
    size = int(np.ceil(top_order * shaft_hz / resolution))
    kept = [
        (name, block)
        for name, block in blocks
        if abs(block.resolution_hz / resolution - 1) <= SAME_RESOLUTION
    ]
    rows = [_padded(amplitude(block, bins=size), size) for _, block in kept]
    origins = [Origin(name, (0.0, top_order * shaft_hz), float("nan")) for name, _ in kept]
    return _bank(rows, origins, resolution, shaft_hz)
