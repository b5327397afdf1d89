"""Load and speed of a window, as regressors of a conditional baseline.

A point is (load less reference load, speed relative to reference speed); NaN where unknown.
"""

from collections.abc import Sequence

import numpy as np

from dsp.vector import FeatureVector
from models.robust import Floats, Mask

MIN_LOAD_SPREAD = 0.05
"""Least distance between the 10 % and 90 % quantiles of load to condition on it."""
MIN_SPEED_SPREAD = 0.01
"""The same of relative speed."""
LOAD_MARGIN = 0.10
"""A load this far, as a fraction of rated, beyond what was learnt is another operating point."""
SPEED_MARGIN = 0.02
"""The same of relative speed: about the slip between half and full load."""
WINDOWS_PER_SLOPE = 10
COLLINEAR = 0.95


def operating_points(vectors: Sequence[FeatureVector]) -> tuple[Floats, Floats]:
    """Return the median (load, speed in rpm) and every window's point about it.

    Returns
    -------
    reference : array, shape (2,)
        NaN for a quantity that is not known in every window.
    points : array, shape (N, 2)
        As of `operating_point`.
    """
    raw = np.array([[_or_nan(v.load), _or_nan(v.speed_rpm)] for v in vectors])
    known = np.isfinite(raw).all(axis=0)
    reference = np.full(2, np.nan)
    reference[known] = np.median(raw[:, known], axis=0)
    return reference, np.array([operating_point(v, reference) for v in vectors])


def operating_point(vector: FeatureVector, reference: Floats) -> Floats:
    """Return (load less reference, speed relative to reference), shape (2,)."""
    load, speed = _or_nan(vector.load), _or_nan(vector.speed_rpm)
    rated = reference[1] if reference[1] > 0.0 else np.nan
    return np.array([load - reference[0], (speed - rated) / rated])


def held_point(point: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Hold a point within the learnt range, and say by how much it is in doubt.

    Returns
    -------
    held, doubt : arrays, shape (2,)
        The reference and the whole range where unknown; else the distance outside the range.
    """
    held = np.clip(point, low, high)
    doubt = np.where(np.isnan(point), high - low, np.abs(point - held))
    return np.nan_to_num(held), np.nan_to_num(doubt)


def outside_range(point: Floats, low: Floats, high: Floats) -> str | None:
    """Say which of load and speed lies beyond the learnt range by more than its margin."""
    beyond = np.maximum(low - point, point - high)
    for name, by, margin in zip(
        ("load", "speed"), beyond, (LOAD_MARGIN, SPEED_MARGIN), strict=True
    ):
        # A comparison with NaN, an unknown, is false: it cannot be said to lie outside.
        if by > margin:
            return f"{name} is {by:.0%} outside what the baseline has learnt"
    return None


def used_columns(points: Floats) -> Mask:
    """Say which of load and speed vary enough, in enough windows, to be conditioned on."""
    enough = np.zeros(2, dtype=bool)
    for column, least in enumerate((MIN_LOAD_SPREAD, MIN_SPEED_SPREAD)):
        if np.isfinite(points[:, column]).all():
            low, high = np.quantile(points[:, column], [0.1, 0.9])
            enough[column] = high - low >= least
    if enough.all() and abs(_correlation(points)) > COLLINEAR:
        enough[1] = False  # slip ties speed to load: one of them says it all
    if len(points) < WINDOWS_PER_SLOPE * (1 + int(enough.sum())):
        enough[:] = False
    return enough


def _correlation(points: Floats) -> float:
    load, speed = (points - points.mean(axis=0)).T
    return float(load @ speed / np.sqrt((load @ load) * (speed @ speed)))


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
