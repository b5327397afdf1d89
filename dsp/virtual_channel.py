"""Virtual channels: several channels turned into as many that have nothing in common, band by band.

A mode of the structure shakes every sensor of one housing in step, each by its own share and sign.
Where the channels' matrix of coherence shows that they move together, its directions make virtual
channels (principal components). The strongest is the sum of all as they move together: of a motion
in noise that is each channel's own it holds all, and k channels gain up to 10 lg k dB before the
envelope is squared, twice that after it. Where it is the noise that they have in common, the others
are free of it, and what comes another way to the sensors stands out in them. A constant phase
between channels is allowed for; a delay is not, which across a wide band leaves them apart.

Of n bins of c channels of independent noise the largest eigenvalue ends at ``(1 + sqrt(c / n))^2``.
What moves together with a strength of t, in noise powers, lifts it to ``(1 + t)(1 + g / t)``, with
g = c / n, and its direction is then found to ``cos^2 = (1 - g / t^2) / (1 + g / t)`` (J. Baik,
G. Ben Arous and S. Péché, Annals of Probability 33 (2005) 1643-1697; F. Benaych-Georges and
R. R. Nadakuditi, Advances in Mathematics 227 (2011) 494-521): all chance where t is sqrt(g), about
0.7 at twice that. Noise's power is taken for the mean eigenvalue, to which what moves together
adds: so three channels are found to move together half of the time from 3.8 sqrt(g) on.
"""

from collections.abc import Sequence

import numpy as np

from dsp.envelope import band_bins
from dsp.spectrum import BlockSpectrum, ComplexArray

STANDS_OUT = 2.0
"""Strength t of the motion in common whose eigenvalue is asked for, in sqrt(g)."""


def virtual_channels(
    blocks: Sequence[BlockSpectrum], bands_hz: Sequence[tuple[float, float]]
) -> tuple[list[BlockSpectrum], list[tuple[float, float]]]:
    """Turn channels into as many that have nothing in common, in each band where they have.

    Parameters
    ----------
    blocks : sequence of BlockSpectrum
        Whitened channels, all of one window.
    bands_hz : sequence of (float, float)
        Bands that do not overlap.

    Returns
    -------
    list of BlockSpectrum
        Virtual channels, the strongest last, each with its own direction in each band; nothing
        outside of the bands returned.
    list of (float, float)
        The bands in which the channels move together. In others their directions are chance.
    """
    first = blocks[0]
    channels = np.stack([block.bins for block in blocks])
    turned = np.zeros_like(channels)
    together = []
    for lo_hz, hi_hz in bands_hz:
        inside = band_bins(first, lo_hz, hi_hz)
        part = _levelled(channels[:, inside])
        if len(part) < 2:
            continue
        strengths, directions = np.linalg.eigh(part @ part.conj().T)
        if strengths[-1] > _least(*part.shape) * strengths.mean():
            turned[-len(part) :, inside] = directions.conj().T @ part
            together.append((lo_hz, hi_hz))
    return [BlockSpectrum(bins, first.n, first.rate_hz) for bins in turned], together


def _levelled(part: ComplexArray) -> ComplexArray:
    """Return the channels that live, of one power: else what one hears alone is a direction."""
    sizes = np.linalg.norm(part, axis=1, keepdims=True)
    live = sizes[:, 0] > 0
    levelled: ComplexArray = part[live] / sizes[live]
    return levelled


def _least(channels: int, bins: int) -> float:
    """Return the least eigenvalue of motion in common, in mean ones."""
    share = channels / bins
    strength = STANDS_OUT * share**0.5
    least: float = (1 + strength) * (1 + share / strength)
    return least
