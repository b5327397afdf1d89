"""Waveforms measured once: what every feature of a block is read from.

Blocks of one length, such as channels of one converter, are measured together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft

from dsp.lanes import batches, filled
from dsp.spectrum import BlockSpectrum
from dsp.statistics import Moments, moments_about_zero
from sensors.capture import SampleBlock

FLOOR = 1e-9
"""Levels are taken above this, so that silence is very quiet and not minus infinity."""

Row = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wave:
    """One waveform block with its statistics in time and its only transform.

    Attributes
    ----------
    block : SampleBlock
        The samples.
    spectrum : BlockSpectrum
        Their transform.
    rms_db, peak_db, crest_db, kurtosis_db, carpet_db : float
        Of the deviation d from the mean, as ``20 log10``; kurtosis is Pearson's as ``10 log10``;
        carpet is ``<sqrt|d|>^2``, the level that rare impulses leave alone.
    skewness : float
        Its size, whatever its sign.
    """

    block: SampleBlock
    spectrum: BlockSpectrum
    rms_db: float
    peak_db: float
    crest_db: float
    kurtosis_db: float
    carpet_db: float
    skewness: float


def measure(blocks: Sequence[SampleBlock]) -> list[Wave]:
    """Measure blocks of finite samples, 8 or more; neighbours of one length together."""
    waves = []
    for n, batch in batches(blocks, lambda block: block.values.size):
        rows = np.empty((filled(len(batch)), n), np.float32)
        rows[len(batch) :] = 0.0
        for row, block in zip(rows, batch, strict=False):
            # A constant block becomes exactly silent, and a large offset costs no digits.
            np.subtract(block.values, block.values[0], out=row)
        rows -= (rows @ np.full(n, 1 / n, np.float32))[:, None]
        bins = fft.rfft(rows)
        levels = _levels(moments_about_zero(rows[: len(batch)]))
        waves += [
            Wave(block, BlockSpectrum(transformed, n, block.rate_hz), *own)
            for block, own, transformed in zip(batch, levels.tolist(), bins, strict=False)
        ]
    return waves


def level_db(value: Row | float) -> Row:
    """Return ``20 log10(value)``, held above the floor; NaN stays NaN."""
    level: Row = 20 * np.log10(np.maximum(np.asarray(value, np.float64), FLOOR))
    return level


def _levels(time: Moments) -> Row:
    """Return the six numbers of each row, shape (k, 6)."""
    # peak / clearance factor = <sqrt|d|>^2: the level between the impulses.
    carpet = time.peak / time.clearance_factor
    decibels = level_db(np.array([time.rms, time.peak, time.crest_factor, carpet]))
    kurtosis = 10 * np.log10(np.maximum(time.kurtosis_pearson, FLOOR))
    return np.column_stack([*decibels[:3], kurtosis, decibels[3], np.abs(time.skewness)])
