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
from sensors.capture import FloatArray, SampleBlock

FLOOR = 1e-9
"""Levels are taken above this, so that silence is very quiet and not minus infinity."""

LARGEST_ENERGY = 1e30
"""Sum of squares beyond which float32 overflows; no sensor delivers that."""
SHORTEST_BLOCK = 8
"""Samples below which a block of a fast channel says nothing."""

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
    """Measure blocks, neighbours of one length together; leave out those that say nothing.

    They are shorter than 8 samples, or hold one that is not finite or beyond any sensor.
    """
    waves = []
    long = [block for block in blocks if block.values.size >= SHORTEST_BLOCK]
    for n, batch in batches(long, lambda block: block.values.size):
        with np.errstate(over="ignore", invalid="ignore"):
            rows = _centred(batch, n)
            bins = fft.rfft(rows)
            time = moments_about_zero(rows[: len(batch)])
            usable = n * time.rms**2 < LARGEST_ENERGY  # not a number is not below anything
        levels = _levels(time)
        waves += [
            Wave(batch[at], BlockSpectrum(bins[at], n, batch[at].rate_hz), *levels[at])
            for at in np.flatnonzero(usable).tolist()
        ]
    return waves


def _centred(blocks: Sequence[SampleBlock], n: int) -> FloatArray:
    """Blocks without their mean, shape (k, n): as many rows as the lanes like, the rest zero."""
    rows = np.empty((filled(len(blocks)), n), np.float32)
    rows[len(blocks) :] = 0.0
    for row, block in zip(rows, blocks, strict=False):
        # A constant block becomes exactly silent, and a large offset costs no digits.
        np.subtract(block.values, block.values[0], out=row)
    rows -= (rows @ np.full(n, 1 / n, np.float32))[:, None]
    return rows


def level_db(value: Row | float) -> Row:
    """Return ``20 log10(value)``, held above the floor; NaN stays NaN."""
    level: Row = 20 * np.log10(np.maximum(np.asarray(value, np.float64), FLOOR))
    return level


def _levels(time: Moments) -> list[list[float]]:
    """Return the six numbers of each row."""
    # peak / clearance factor = <sqrt|d|>^2: the level between the impulses.
    carpet = time.peak / time.clearance_factor
    levels = level_db(np.array([time.rms, time.peak, time.crest_factor, carpet]))
    kurtosis = 10 * np.log10(np.maximum(time.kurtosis_pearson, FLOOR))
    rows: list[list[float]]
    rows = np.array([*levels[:3], kurtosis, levels[3], np.abs(time.skewness)]).T.tolist()
    return rows
