"""Levels in decibels, and those that a waveform has in time: how strong and how impulsive it is."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dsp.statistics import SAFE_SIZES, moments
from sensors.capture import FloatArray

Row = npt.NDArray[np.float64]

FLOOR = 1e-9
"""Levels are taken above this, so that silence is very quiet and not minus infinity."""


def level_db(value: Row | float) -> Row:
    """Return ``20 log10(value)``, held above the floor; NaN stays NaN."""
    level: Row = 20 * np.log10(np.maximum(np.asarray(value, np.float64), FLOOR))
    return level


def scalar_db(value: float) -> float:
    """Return the same of one number, ten times as fast."""
    # max keeps its first argument where that is not a number.
    return 20 * math.log10(max(value, FLOOR))


class TimeLevels(NamedTuple):
    """What the deviation d of a waveform from its mean amounts to.

    Attributes
    ----------
    rms_db, peak_db, crest_db : float
        ``20 log10`` of RMS, of ``max |d|`` and of their ratio.
    kurtosis_db : float
        ``10 log10`` of Pearson's kurtosis.
    carpet_db : float
        Of ``<sqrt|d|>^2``, the level that rare impulses leave alone.
    skewness : float
        Its size, whatever its sign.
    """

    rms_db: float
    peak_db: float
    crest_db: float
    kurtosis_db: float
    carpet_db: float
    skewness: float


def time_levels(d: FloatArray, scratch: FloatArray) -> TimeLevels:
    """Return the levels of deviations from the mean, NaN where one is not finite.

    Parameters
    ----------
    d, scratch : float32 arrays, shape (n,)
        Both are overwritten: memory that is in the cache already costs half the time.
    """
    n, peak = d.size, max(float(d.max()), -float(d.min()))
    if not SAFE_SIZES[0] <= peak < SAFE_SIZES[1]:
        return _careful(d)
    squared = np.multiply(d, d, out=scratch)
    power, cube = float(np.dot(d, d)) / n, float(np.dot(squared, d)) / n
    fourth = float(np.dot(squared, squared)) / n
    size = np.abs(d, out=d)
    root = float(np.sqrt(size, out=size).sum()) / n
    rms = math.sqrt(power)
    return _in_decibels(rms, peak, peak / rms, fourth / power**2, root**2, cube / (power * rms))


def _careful(d: FloatArray) -> TimeLevels:
    """Do the same where float32 cannot hold fourth powers, and for silence."""
    time = moments(d)
    carpet = time.peak / time.clearance_factor
    ratios = (time.crest_factor, time.kurtosis_pearson, carpet, time.skewness)
    return _in_decibels(float(time.rms), float(time.peak), *(float(ratio) for ratio in ratios))


def _in_decibels(
    rms: float, peak: float, crest: float, kurtosis: float, carpet: float, skewness: float
) -> TimeLevels:
    return TimeLevels(
        rms_db=scalar_db(rms),
        peak_db=scalar_db(peak),
        crest_db=scalar_db(crest),
        kurtosis_db=10 * math.log10(max(kurtosis, FLOOR)),
        carpet_db=scalar_db(carpet),
        skewness=abs(skewness),
    )
