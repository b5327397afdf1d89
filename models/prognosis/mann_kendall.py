"""Mann-Kendall test of a rising trend, with a variance that knows of autocorrelation."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from models.robust import Floats
from sensors.errors import BadSamples

FEWEST = 6
HIGHEST_CORRELATION = 0.95


@dataclass(frozen=True, slots=True)
class MannKendall:
    """What the test found.

    Attributes
    ----------
    score : int
        Pairs that rise less pairs that fall (Kendall's S).
    p_value : float
        One-sided chance of such a score or a higher one without a trend.
    slope : float
        Sen's slope: median of the slopes of all pairs, per unit of time.
    inflation : float
        By how much autocorrelation widens the variance of the score.
    """

    score: int
    p_value: float
    slope: float
    inflation: float


def mann_kendall(t: Floats, values: Floats) -> MannKendall:
    """Test whether values rise with time.

    ``z = (S - 1) / sqrt(V c)`` with ``V = n (n - 1)(2 n + 5) / 18`` less ties, and
    ``c = 1 + 2 sum (1 - k / n) r^k``, r the lag-one autocorrelation about Sen's line, corrected for
    the bias of a short, detrended series and never below zero.

    Sources: Mann, Econometrica 13 (1945); Kendall, Rank Correlation Methods (1975); Sen, JASA 63
    (1968); Matalas and Sankarasubramaniam, Water Resources Research 39 (2003); Kendall, Biometrika
    41 (1954) for the bias.

    Parameters
    ----------
    t, values : arrays, shape (N,)
        Rising times, and what was measured.

    Raises
    ------
    BadSamples
        Fewer than six values, or not finite, or times that do not rise.
    """
    if values.shape != t.shape or values.ndim != 1 or values.size < FEWEST:
        raise BadSamples(f"Mann-Kendall needs {FEWEST} or more values, got shape {values.shape}")
    if not (np.isfinite(values).all() and np.isfinite(t).all() and (np.diff(t) > 0).all()):
        raise BadSamples("Mann-Kendall needs finite values at rising times")
    first, second = np.triu_indices(values.size, 1)
    steps = values[second] - values[first]
    score = int(np.sign(steps).sum())
    slope = float(np.median(steps / (t[second] - t[first])))
    inflation = inflation_of(values - slope * t)
    spread = np.sqrt(_variance(values) * inflation)
    z = (score - np.sign(score)) / spread if spread > 0.0 else 0.0
    return MannKendall(score, float(ndtr(-z)), slope, inflation)


def inflation_of(residuals: Floats) -> float:
    """Return how many values of this autocorrelation tell as much as one independent value."""
    n = residuals.size
    about = residuals - residuals.mean()
    power = float(about @ about)
    if power <= 0.0:
        return 1.0
    raw = float(about[1:] @ about[:-1]) / power
    r = float(np.clip((n * raw + 2.0) / (n - 4.0), 0.0, HIGHEST_CORRELATION))
    lags = np.arange(1, n)
    return 1.0 + 2.0 * float(np.sum((1.0 - lags / n) * r**lags))


def _variance(values: Floats) -> float:
    n = values.size
    ties = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float(n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18.0
