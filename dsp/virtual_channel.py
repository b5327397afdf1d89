"""Virtual channel: several channels added up as they move together, band by band.

A mode of the structure shakes every sensor of one housing in step, each by its own share and sign.
Where the channels' matrix of coherence has one direction in which they move together, their sum
along it holds all of the mode's motion and only an even share of what each hears alone: k channels
gain up to 10 lg k dB before the envelope is squared, and twice that after it.

Of n bins of c channels of independent noise, whitened, the largest eigenvalue ends at
``(1 + sqrt(c / n))^2``. What moves together with a strength of t, in noise powers, lifts it to
``(1 + t)(1 + g / t)``, with g = c / n, and its direction is then found to
``cos^2 = (1 - g / t^2) / (1 + g / t)`` (J. Baik, G. Ben Arous and S. Péché, Annals of Probability
33 (2005) 1643-1697; D. Paul, Statistica Sinica 17 (2007) 1617-1642): all chance where t is
sqrt(g), 0.7 or more from twice that. The noise's power is taken for the mean eigenvalue, to which
what moves together adds: it has to be somewhat stronger, and channels are rather left apart.
"""

from collections.abc import Sequence

import numpy as np

from dsp.envelope import band_bins
from dsp.spectrum import BlockSpectrum, ComplexArray

STANDS_OUT = 2.0
"""Strength from which a common motion is used, in those at which its direction is all chance."""


def virtual_channel(
    blocks: Sequence[BlockSpectrum], bands_hz: Sequence[tuple[float, float]]
) -> tuple[BlockSpectrum, list[tuple[float, float]]]:
    """Add up channels along their principal direction in each band.

    Parameters
    ----------
    blocks : sequence of BlockSpectrum
        Whitened channels, all of one window.
    bands_hz : sequence of (float, float)
        Bands that do not overlap.

    Returns
    -------
    BlockSpectrum
        Their sum, with its own direction in each band; nothing between the bands.
    list of (float, float)
        The bands in which the channels move together. In others the direction is chance.
    """
    first = blocks[0]
    channels = np.stack([block.bins for block in blocks])
    added = np.zeros_like(channels[0])
    together = []
    for lo_hz, hi_hz in bands_hz:
        inside = band_bins(first, lo_hz, hi_hz)
        part = _levelled(channels[:, inside])
        values, directions = np.linalg.eigh(part @ part.conj().T)
        added[inside] = directions[:, -1].conj() @ part
        if values[-1] > _least(*part.shape) * values.mean():
            together.append((lo_hz, hi_hz))
    return BlockSpectrum(added, first.n, first.rate_hz), together


def _levelled(part: ComplexArray) -> ComplexArray:
    """Return channels of one power: else what one of them hears alone would be the direction."""
    sizes = np.linalg.norm(part, axis=1, keepdims=True)
    levelled: ComplexArray = part / np.maximum(sizes, np.finfo(sizes.dtype).tiny)
    return levelled


def _least(channels: int, bins: int) -> float:
    """Return the least eigenvalue of motion in common, in mean ones."""
    share = channels / bins
    strength = STANDS_OUT * share**0.5
    least: float = (1 + strength) * (1 + share / strength)
    return least
