"""One-third-octave bands after IEC 61260-1, base ten, from a block's one transform.

Band edges rarely fall on bins, so each bin's power is spread over its own width: what leaves one
band enters the next, and all bands with what lies beyond them add up to the whole.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.spectrum import BlockSpectrum, RealArray
from sensors.errors import WindowTooShort

Float64Array = npt.NDArray[np.float64]

OCTAVE = 10.0**0.3
"""The octave of base ten, 1.995, of which ten thirds are exactly a decade."""
REFERENCE_HZ = 1000.0
LOWEST, HIGHEST = -20, 14
"""Bands from 10 Hz to 25 kHz, counted in thirds from 1 kHz."""
FEWEST_BINS = 3.0
"""A narrower band reads the window's leakage."""
NYQUIST_USED = 0.97
"""Anti-aliasing filters bend what lies above this share of Nyquist."""
NOMINAL = (10.0, 12.5, 16.0, 20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0)
"""Names of the bands of one decade."""


@dataclass(frozen=True, slots=True)
class ThirdOctaves:
    """Mean square of every band that a block can carry, and of what lies below and above them.

    Attributes
    ----------
    nominal_hz : float array, shape (b,)
        Names of the bands: 10, 12.5, 16, 20 ... Hz.
    edges_hz : float array, shape (b + 1,)
        Exact edges, ``1000 G^((2x -+ 1)/6)`` with ``G = 10^0.3``.
    mean_square : float array, shape (b,)
        In squared units of the block.
    below, above : float
        The mean square outside the bands.
    """

    nominal_hz: Float64Array
    edges_hz: Float64Array
    mean_square: Float64Array
    below: float
    above: float


def third_octaves(spectrum: BlockSpectrum, mean_square: RealArray) -> ThirdOctaves:
    """Sum the bins of each band.

    Parameters
    ----------
    spectrum : BlockSpectrum
        Whose bins they are.
    mean_square : float array, shape (n // 2 + 1,)
        Each bin's share of the mean square, one-sided, as `dsp.sound_level.mean_square_bins` gives.

    Returns
    -------
    ThirdOctaves
        ``mean_square.sum() + below + above`` is the sum of all bins.

    Raises
    ------
    WindowTooShort
        Not one band holds three bins below Nyquist.
    """
    chosen = np.arange(LOWEST, HIGHEST + 1)
    low, high = (_edge(chosen, side) for side in (-1, 1))
    wide = (high - low) >= FEWEST_BINS * spectrum.resolution_hz
    chosen = chosen[wide & (high <= NYQUIST_USED * spectrum.nyquist_hz)]
    if chosen.size == 0:
        raise WindowTooShort(
            f"no third-octave band holds {FEWEST_BINS:g} bins of {spectrum.resolution_hz:g} Hz "
            f"below {spectrum.nyquist_hz:g} Hz; use a longer window or a faster rate"
        )
    edges = _edge(np.append(chosen, chosen[-1] + 1), -1)
    # Bin k stands for what lies half a bin to either side of it.
    upto = np.concatenate(([0.0], np.cumsum(mean_square, dtype=np.float64)))
    at = np.interp(edges / spectrum.resolution_hz + 0.5, np.arange(upto.size), upto)
    return ThirdOctaves(_names(chosen), edges, np.diff(at), float(at[0]), float(upto[-1] - at[-1]))


def _edge(band: npt.NDArray[np.intp], side: int) -> Float64Array:
    edge: Float64Array = REFERENCE_HZ * OCTAVE ** ((2 * band + side) / 6)
    return edge


def _names(band: npt.NDArray[np.intp]) -> Float64Array:
    decade, member = np.divmod(band - LOWEST, len(NOMINAL))
    names: Float64Array = np.asarray(NOMINAL)[member] * 10.0**decade
    return names
