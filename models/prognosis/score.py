"""How good estimates of remaining life were, in the measures that the field compares by."""

import numpy as np

from models.robust import Floats
from sensors.errors import BadSamples

ALPHA = 0.2
"""Half width of the cone, as a share of the true remaining life."""
EARLY, LATE = 13.0, 10.0
"""Scales of the PHM08 score: late estimates cost more."""
EARLY_PERCENT, LATE_PERCENT = 20.0, 5.0
"""Errors at which the accuracy of the PHM 2012 challenge is one half."""


def within_alpha(estimate: Floats, truth: Floats, alpha: float = ALPHA) -> Floats:
    """Return 1 where an estimate is within ``alpha`` of the true remaining life, else 0.

    Source: A. Saxena et al., Metrics for offline evaluation of prognostic performance, IJPHM 2010.
    """
    _check(estimate, truth)
    return (np.abs(estimate - truth) <= alpha * truth).astype(np.float64)


def phm08_score(estimate: Floats, truth: Floats, life: float) -> Floats:
    """Penalty of each estimate: 0 is exact; unbounded, and steeper for late estimates.

    ``exp(-d / 13) - 1`` for d < 0, else ``exp(d / 10) - 1``, with d = estimate - truth in percent
    of the whole life, because lives of bearings differ (the original counts engine cycles).

    Source: A. Saxena et al., Damage propagation modeling, PHM 2008.
    """
    _check(estimate, truth)
    d = 100.0 * (estimate - truth) / life
    score: Floats = np.expm1(np.where(d < 0.0, -d / EARLY, d / LATE))
    return score


def phm12_accuracy(estimate: Floats, truth: Floats) -> Floats:
    """Accuracy of each estimate, 1 exact: halves at 20 % too early and at 5 % too late.

    Source: P. Nectoux et al., PRONOSTIA, IEEE PHM 2012.
    """
    _check(estimate, truth)
    percent = 100.0 * (truth - estimate) / truth
    halvings = np.where(percent > 0.0, percent / EARLY_PERCENT, -percent / LATE_PERCENT)
    accuracy: Floats = 0.5**halvings
    return accuracy


def _check(estimate: Floats, truth: Floats) -> None:
    if estimate.shape != truth.shape or not np.isfinite(estimate).all():
        raise BadSamples(f"estimates {estimate.shape} must be finite, one for each {truth.shape}")
    if not (np.isfinite(truth).all() and (truth > 0.0).all()):
        raise BadSamples("true remaining lives must be finite and above 0")
