"""Whitening: every frequency made equally loud, and lines cut down, before demodulation.

What is looked for rings in a resonance and is faint. Where a band is louder at one side, only that
side counts in its envelope; where a gear or the shaft stands in it, only their beats do. Divided by
its own floor a band counts evenly, and what stands far above the floor is cut.
"""

import numpy as np

from dsp.bank import local_floor
from dsp.spectrum import BlockSpectrum

FLOOR_HZ = 100.0
"""The floor is the median over this width: narrower than a resonance of housings, wider than the
lines that stand on it."""
CEILING = 3.0
"""Amplitude, in root mean squares of the floor, at which a bin is cut: noise passes it once in 8000
bins (``exp(-9)``)."""


def whitened(spectrum: BlockSpectrum) -> BlockSpectrum:
    """Return a block whose floor is 1 at every frequency and of which no line stands out.

    Each bin keeps its phase: ``X min(1, c / |X|)`` of ``X / sqrt(floor)``, with c the ceiling.
    """
    size = np.abs(spectrum.bins)
    # Half of a noise's bins stand below sqrt(ln 2) of their root mean square.
    floor = local_floor(size, round(FLOOR_HZ / spectrum.resolution_hz)) / np.log(2) ** 0.5
    gain = 1 / np.maximum(floor, np.maximum(size / CEILING, np.finfo(np.float32).tiny))
    bins = (spectrum.bins * gain).astype(spectrum.bins.dtype)
    return BlockSpectrum(bins, spectrum.n, spectrum.rate_hz)
