"""Features that vibration and sound share: levels, impulsiveness, bands and spectral shape."""

import itertools
import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from dsp.features.levels import FLOOR, Row
from dsp.features.spec import Feature
from dsp.features.wave import Wave
from dsp.spectrum import HANN_POWER_GAIN, BlockSpectrum, RealArray
from sensors.capture import Sense

SHORTEST_S = 0.05
"""Time statistics need a few turns of the shaft."""
FEWEST_BINS = 3
"""A band of fewer bins reads its own window's leakage."""
NYQUIST_USED = 0.97
"""Anti-aliasing filters bend what lies above this share of Nyquist."""


def shape_features(
    prefix: str, unit: str, sense: Sense, edges_hz: tuple[float, ...]
) -> list[Feature]:
    """List the features of `shape_row` in order."""

    def feature(name: str, of: str, window_s: float) -> Feature:
        return Feature(name=f"{prefix}_{name}", unit=of, sense=sense, min_window_s=window_s)

    level = f"dB re 1 {unit}"
    bands = [
        feature(f"band_{lo:g}_{hi:g}_db", level, FEWEST_BINS / (hi - lo))
        for lo, hi in itertools.pairwise(edges_hz)
    ]
    return [
        feature("rms_db", level, SHORTEST_S),
        feature("peak_db", level, SHORTEST_S),
        feature("crest_db", "dB", SHORTEST_S),
        feature("kurtosis_db", "dB", SHORTEST_S),
        feature("carpet_db", level, SHORTEST_S),
        feature("skewness", "1", SHORTEST_S),
        feature("centroid_oct", "octave", SHORTEST_S),
        feature("flatness_db", "dB", SHORTEST_S),
        feature("entropy", "1", SHORTEST_S),
        *bands,
    ]


def shape_row(wave: Wave, power: RealArray, edges_hz: tuple[float, ...]) -> Row:
    """Compute levels, impulsiveness, spectral shape and band levels of one block.

    Parameters
    ----------
    wave : Wave
        Of n samples.
    power : float array, shape (n // 2 + 1,)
        ``|Hann bins|^2``.
    edges_hz : tuple of float
        Band edges.

    Returns
    -------
    float64 array
        Flatness is geometric over arithmetic mean of the spectrum; entropy is Shannon's over its
        largest possible value.
    """
    shape = _spectral_shape(wave.spectrum, power)
    bands = band_levels(wave.spectrum, power, edges_hz)
    return np.concatenate([wave.time, shape, bands])


def _spectral_shape(spectrum: BlockSpectrum, power: RealArray) -> tuple[float, float, float]:
    inner = power[1:]
    total = float(inner.sum())
    if total <= 0.0:
        return np.nan, np.nan, np.nan
    logs = np.maximum(inner, np.float32(total * 1e-12))
    np.log(logs, out=logs)
    centroid = float(inner @ _ramp(inner.size)) / total * spectrum.resolution_hz
    mean_log = float(logs.sum()) / inner.size
    entropy = (math.log(total) - float(inner @ logs) / total) / math.log(inner.size)
    flatness = 10 * (mean_log - math.log(total / inner.size)) / math.log(10)
    return math.log2(max(centroid, FLOOR)), flatness, entropy


@lru_cache(maxsize=16)
def _ramp(size: int) -> npt.NDArray[np.float32]:
    return np.arange(1, size + 1, dtype=np.float32)


def band_levels(spectrum: BlockSpectrum, power: RealArray, edges_hz: tuple[float, ...]) -> Row:
    """Return the RMS level of each band in dB; NaN where the block cannot carry the band."""
    edges, whole = _band_bins(spectrum.n, spectrum.rate_hz, edges_hz)
    # reduceat sums between successive edges; the sum from the last edge on is not wanted.
    sums = np.add.reduceat(power, edges, dtype=np.float64)[:-1]
    mean_square = 2 * sums / (spectrum.n**2 * HANN_POWER_GAIN)
    return np.where(whole, 10 * np.log10(np.maximum(mean_square, FLOOR**2)), np.nan)


@lru_cache(maxsize=64)
def _band_bins(
    n: int, rate_hz: float, edges_hz: tuple[float, ...]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """First bin of each edge, and which bands lie wholly inside what was measured."""
    edges = np.asarray(edges_hz) * n / rate_hz
    last = n // 2
    index = np.clip(np.ceil(edges).astype(np.intp), 1, last)
    highest = NYQUIST_USED * rate_hz / 2
    whole = (
        (np.diff(edges) >= FEWEST_BINS) & (edges[:-1] >= 2) & (np.asarray(edges_hz[1:]) <= highest)
    )
    return index, whole
