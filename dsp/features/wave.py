"""Waveforms measured once: what every feature of a block is read from.

Blocks of one length, such as channels of one converter, are transformed together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft

from dsp.features.levels import TimeLevels, time_levels
from dsp.lanes import batches, filled
from dsp.spectrum import BlockSpectrum
from sensors.capture import FloatArray, SampleBlock

LARGEST_ENERGY = 1e30
"""Sum of squares beyond which float32 overflows; no sensor delivers that."""
SHORTEST_BLOCK = 8
"""Samples below which a block of a fast channel says nothing."""


@dataclass(frozen=True, slots=True)
class Wave:
    """One waveform block with its levels in time and its only transform."""

    block: SampleBlock
    time: TimeLevels
    spectrum: BlockSpectrum


def measure(blocks: Sequence[SampleBlock]) -> list[Wave]:
    """Measure blocks, and leave out those that say nothing.

    They are shorter than 8 samples, or hold one that is not finite or beyond any sensor.
    """
    usable = [block for block in blocks if is_usable(block.values, SHORTEST_BLOCK)]
    waves = []
    for n, batch in batches(usable, lambda block: block.values.size):
        rows, scratch = _centred(batch, n), np.empty(n, np.float32)
        for block, row, bins in zip(batch, rows, fft.rfft(rows), strict=False):
            spectrum = BlockSpectrum(bins, n, block.rate_hz)
            waves.append(Wave(block, time_levels(row, scratch), spectrum))
    return waves


def is_usable(values: FloatArray, fewest: int) -> bool:
    """Whether a block is long enough, and every sample a number that a sensor may deliver."""
    if values.size < fewest:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        # Not a number is not below anything.
        return float(np.dot(values, values)) < LARGEST_ENERGY


def _centred(blocks: Sequence[SampleBlock], n: int) -> FloatArray:
    """Blocks without their mean, shape (k, n): as many rows as the lanes like, the rest zero."""
    rows = np.empty((filled(len(blocks)), n), np.float32)
    rows[len(blocks) :] = 0.0
    for row, block in zip(rows, blocks, strict=False):
        # A constant block becomes exactly silent, and a large offset costs no digits.
        np.subtract(block.values, block.values[0], out=row)
    rows -= (rows @ np.full(n, 1 / n, np.float32))[:, None]
    return rows
