"""Spectra brought onto fixed axes: of shaft orders, of multiples of a line, of the supply."""

import numpy as np
import numpy.typing as npt

from dsp.vector import Float32Array

Starts = npt.NDArray[np.intp]


def pooled(levels: Float32Array, edges: npt.NDArray[np.float64]) -> Float32Array:
    """Take the highest of the fine bins that fall into each coarse one.

    The highest, since a line is narrower than a coarse bin: a mean would drown it.

    Parameters
    ----------
    levels : float32 array, shape (m,)
        Fine bins, from frequency 0.
    edges : float array, shape (n + 1,)
        Edges of the coarse bins in fine bins, rising. A coarse bin narrower than a fine one
        takes the nearest; what lies beyond the last fine bin is `-inf`.

    Returns
    -------
    float32 array, shape (n,)
    """
    # A fine bin reaches half a bin to either side of its centre.
    starts: Starts = np.floor(edges + 0.5).astype(np.intp)
    inside = starts[:-1] < levels.size
    bounded = np.append(levels, np.float32(-np.inf))
    highest = np.maximum.reduceat(bounded, np.minimum(starts, levels.size))[:-1]
    return np.where(inside, highest, np.float32(-np.inf)).astype(np.float32, copy=False)


def scaled(levels_db: Float32Array, *, zero_db: float, span_db: float) -> Float32Array:
    """Map decibels to 0 ... 1: `zero_db` and below to 0, `span_db` above it to 1."""
    return np.asarray(np.clip((levels_db - zero_db) / span_db, 0.0, 1.0), dtype=np.float32)


def over_typical(levels_db: Float32Array) -> Float32Array:
    """Return levels over their own median: pooling lifts the floor, the longer the window the more.

    What has no level (`-inf`) stays so and does not count.
    """
    measured = levels_db[np.isfinite(levels_db)]
    return (levels_db - np.median(measured)).astype(np.float32) if measured.size else levels_db
