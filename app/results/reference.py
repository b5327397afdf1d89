"""Health as some windows show it, frozen before any other window is opened.

The baseline and the distance of stage 1, learnt from a stretch of a recording that the protocol
sets aside; what comes after is only measured against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.features import FeatureSpec
from dsp.vector import FeatureVector
from models.anomaly import surprise
from models.baseline import Baseline, learn_baseline
from models.distance import Scatter, distance, fit_scatter
from models.robust import Floats, Mask, column_median

MINIMUM = 10
"""Windows in which a feature must be seen to have a scale."""
FAR = 3.0
"""A window is far from health where one healthy window in a thousand would be: ``-log10``."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is normal, and how normal windows scatter."""

    baseline: Baseline
    scatter: Scatter


@dataclass(frozen=True, slots=True)
class Measured:
    """Windows against a reference.

    Attributes
    ----------
    distance : array, shape (N,)
        1 is about typical in health.
    surprise : array, shape (N,)
        ``-log10`` of the chance that a healthy window is as far.
    rise : array, shape (N, F)
        Deviations in each feature's unit, NaN where masked.
    z : array, shape (N, F)
        Deviations in scales, zero where masked.
    """

    distance: Floats
    surprise: Floats
    rise: Floats
    z: Floats

    @property
    def far(self) -> Mask:
        """Which windows are far from health, shape (N,)."""
        return self.surprise > FAR

    def typical_rise(self, feature: int) -> float | None:
        """Median rise of one feature in its own unit; None where it is masked throughout."""
        seen = self.rise[:, feature][np.isfinite(self.rise[:, feature])]
        return float(np.median(seen)) if seen.size else None


def learn_reference(vectors: Sequence[FeatureVector], *, independent: float) -> Reference:
    """Learn a reference from healthy windows of one motor.

    Parameters
    ----------
    vectors : sequence of FeatureVector
        At least 20.
    independent : float
        How many of them do not overlap: the weight of their covariance.

    Raises
    ------
    TooFewWindows
        Fewer than 20.
    """
    baseline = learn_baseline(vectors, minimum=MINIMUM)
    found = [baseline.deviation(vector) for vector in vectors]
    z, mask = np.array([d.z for d in found]), np.array([d.mask for d in found])
    units = [vector.motor_id for vector in vectors]
    return Reference(baseline, fit_scatter(z, mask, units, effective=independent))


def measure(reference: Reference, vectors: Sequence[FeatureVector]) -> Measured:
    """Measure windows, at least one, against a reference."""
    found = [reference.baseline.deviation(vector) for vector in vectors]
    z, mask = np.array([d.z for d in found]), np.array([d.mask for d in found])
    far, chance = distance(reference.scatter, z, mask)
    surprises = np.array([surprise(float(c)) for c in chance])
    rise = np.where(mask, np.nan, [d.rise for d in found])
    return Measured(far, surprises, rise, z)


def strongest(found: Measured, reference: Reference, spec: FeatureSpec, count: int = 3) -> str:
    """Say which features deviate most, by the median window: ``vib_order_1_db +16 dB, ...``."""
    rise = column_median(found.rise)
    spread = reference.baseline.spread
    scales = np.divide(np.abs(rise), spread, out=np.zeros_like(rise), where=spread > 0.0)
    order = [at for at in np.argsort(-scales, kind="stable")[:count] if rise[at]]
    named = [(spec.features[at], rise[at]) for at in order]
    return ", ".join(f"{f.name} {r:+.2g} {f.unit.split(' re ')[0]}" for f, r in named)
