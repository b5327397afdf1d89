"""How far up a spectrum reaches before it falls off a cliff."""

import numpy as np
import numpy.typing as npt

BANDS = 64
LEAST_BINS = 16 * BANDS
"""Fewer bins than 16 to a band make its level a matter of chance."""
CLIFF_DB = 30.0
"""Fall within three bands that no mechanical roll-off makes, but a filter or resampling does."""
BRINK_DB = 10.0
"""Fall at which the content is taken to end."""
HIGHEST_CLIFF = 0.8
"""Share of Nyquist above which a cliff is the ordinary anti-alias filter."""
LOWEST_BAND = 4
"""Bands needed below the cliff to say what level it falls from."""
FLOOR = 1e-30
"""Below any power that float32 can leave."""


def content_share(bins: npt.NDArray[np.complex64]) -> float:
    """Return the share of Nyquist above which a spectrum is empty; 1 where it has no cliff.

    The level of a band is the mean of its logarithms, and all bands below the cliff must stand
    above it, so that single lines make no plateau.
    """
    if bins.size <= LEAST_BINS:
        return 1.0
    width = (bins.size - 1) // BANDS
    inside = bins[1 : 1 + BANDS * width]
    power = np.maximum(inside.real**2 + inside.imag**2, np.float32(FLOOR))
    level_db = 10 * np.log10(power).reshape(BANDS, width).mean(1)
    beyond = np.maximum.accumulate(level_db[::-1])[::-1]
    below = np.lib.stride_tricks.sliding_window_view(level_db, LOWEST_BAND).min(1)
    edges = np.arange(LOWEST_BAND, int(HIGHEST_CLIFF * BANDS))
    falls = below[edges - LOWEST_BAND] - beyond[edges + 2]
    steepest = int(falls.argmax())
    if falls[steepest] < CLIFF_DB:
        return 1.0
    edge = int(edges[steepest])
    plateau = level_db[max(edge - 2 * LOWEST_BAND, 0) : edge - LOWEST_BAND + 1].mean()
    return (int(np.flatnonzero(level_db >= plateau - BRINK_DB)[-1]) + 1) / BANDS
