"""A motor's own healthy baseline: robust location and scale of every feature, by load and speed.

Learnt from the motor's first healthy windows, shrunk towards the scale that other motors show,
frozen. `scale` turns a feature vector into deviations z that any motor's model can read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.vector import FeatureVector
from models.operating_point import (
    held_point,
    operating_point,
    operating_points,
    outside_range,
    used_columns,
)
from models.robust import Floats, Mask, fit_rows, robust_scale
from sensors.errors import SpecMismatch, TooFewWindows

Z_LIMIT = 20.0
"""Deviations are held within this: beyond it a feature has said all it can."""
RELATIVE_FLOOR = 0.01
"""No scale is below this fraction of its location: sensors are not better than 1 %."""
PSEUDO_COUNT = 20.0
"""Windows that the population's scale counts for beside the motor's own."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far one window is from its motor's normal.

    Attributes
    ----------
    rise : array, shape (F,)
        Observed less expected, in each feature's unit; zero where masked.
    z : array, shape (F,)
        The same in scales, held within +-20; zero where masked.
    mask : bool array, shape (F,)
        True where the feature is unusable now or was when the baseline was learnt.
    """

    rise: Floats
    z: Floats
    mask: Mask


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is normal for one motor under one FeatureSpec.

    ``expected = center + slopes . (point - reference)``, with the operating point held within
    what was learnt.

    Attributes
    ----------
    spec_id, motor_id, motor_hash : str
        Whose features.
    t0_ns, t1_ns, windows : int
        What it was learnt from.
    center : array, shape (F,)
        Location at the reference operating point.
    spread : array, shape (F,)
        Scale after removal of load and speed; floored, shrunk towards the population's.
    slopes : array, shape (F, 2)
        Change per unit of load and per relative speed; zero where not conditioned.
    reference : array, shape (2,)
        Median load and speed in rpm; NaN where unknown.
    low, high : arrays, shape (2,)
        Learnt range of load and of relative speed about the reference; NaN where unknown.
    usable : bool array, shape (F,)
        Features seen often enough and with a scale; the others stay masked.
    """

    spec_id: str
    motor_id: str
    motor_hash: str
    t0_ns: int
    t1_ns: int
    windows: int
    center: Floats
    spread: Floats
    slopes: Floats
    reference: Floats
    low: Floats
    high: Floats
    usable: Mask

    def deviation(self, vector: FeatureVector) -> Deviation:
        """Return how far a window is from normal.

        Where load or speed is unknown or outside what was learnt, the scale widens by slope times
        what is not known: ``hypot(spread, slope x doubt)``.

        Raises
        ------
        SpecMismatch
            The vector is of another FeatureSpec or motor.
        """
        _check_same(vector, self.spec_id, self.motor_id)
        mask = vector.mask | ~self.usable | ~np.isfinite(vector.values)
        expected, spread = self.center, self.spread
        if self.slopes.any():
            point, doubt = held_point(operating_point(vector, self.reference), self.low, self.high)
            expected = expected + self.slopes @ point
            spread = np.sqrt(spread**2 + self.slopes**2 @ doubt**2)
        rise = np.where(mask, 0.0, vector.values - expected)
        z = np.divide(rise, spread, out=np.zeros_like(rise), where=~mask)
        return Deviation(rise, np.clip(z, -Z_LIMIT, Z_LIMIT), mask)

    def unfamiliar(self, vector: FeatureVector) -> str | None:
        """Say how load or speed lies outside what was learnt; None where it does not."""
        return outside_range(operating_point(vector, self.reference), self.low, self.high)

    def scale(self, vector: FeatureVector) -> tuple[Floats, Mask]:
        """Return z and mask of `deviation`: masked features score zero."""
        found = self.deviation(vector)
        return found.z, found.mask


def learn_baseline(
    vectors: Sequence[FeatureVector],
    *,
    minimum: int,
    population: npt.ArrayLike | None = None,
    pseudo_count: float = PSEUDO_COUNT,
) -> Baseline:
    """Learn what is normal for one motor from healthy windows.

    Location is the median, or a Huber regression on load and speed where these vary enough.
    Scale is 1.4826 MAD of the residuals. Where most values are equal, so that the MAD is zero, it
    is 1.2533 times their mean absolute deviation; a quantised feature has at least its step.
    Twenty windows in a row understate how a healthy motor wanders over days, so the population's
    scale p joins with `pseudo_count` k: ``sqrt((n s^2 + k p^2) / (n + k))``. No scale falls below
    1 % of its location. A feature with no scale at all stays masked.

    Parameters
    ----------
    vectors : sequence of FeatureVector
        Healthy windows of one motor, one spec.
    minimum : int
        Fewest windows, in all and for a feature to be usable.
    population : array, shape (F,), optional
        Scale of healthy features of other motors, NaN where unknown (`population_scale`).
    pseudo_count : float
        How many windows the population counts for.

    Raises
    ------
    TooFewWindows
        Fewer than `minimum` windows.
    SpecMismatch
        Windows of different specs or motors.
    """
    if len(vectors) < max(1, minimum):
        raise TooFewWindows(
            f"baseline: {len(vectors)} windows are fewer than the {minimum} needed; "
            "let the motor run longer in health"
        )
    first = vectors[0]
    for vector in vectors:
        _check_same(vector, first.spec_id, first.motor_id)
    reference, points = operating_points(vectors)
    values = np.array([v.values for v in vectors], dtype=np.float64)
    seen = np.isfinite(values) & ~np.array([v.mask for v in vectors])
    used = used_columns(points)
    center, slopes, residual = fit_rows(values, seen, points[:, used])
    spread = _spread(residual, values, seen, center, population, pseudo_count)
    full = np.zeros((center.size, 2))
    full[:, used] = slopes
    return Baseline(
        spec_id=first.spec_id,
        motor_id=first.motor_id,
        motor_hash=first.motor_hash,
        t0_ns=min(v.t0_ns for v in vectors),
        t1_ns=max(v.t1_ns for v in vectors),
        windows=len(vectors),
        center=center,
        spread=spread,
        slopes=full,
        reference=reference,
        low=points.min(axis=0),
        high=points.max(axis=0),
        usable=(seen.sum(axis=0) >= minimum) & (spread > 0.0),
    )


def learning_windows(
    vectors: Sequence[FeatureVector], *, minimum: int, span_s: float
) -> int | None:
    """Count the first windows that make the learning period, or None while it lasts.

    It ends when `span_s` have passed since the first window and `minimum` windows are there.
    """
    if not vectors or vectors[-1].t1_ns - vectors[0].t0_ns < span_s * 1e9:
        return None
    for count, vector in enumerate(vectors, start=1):
        if count >= minimum and vector.t1_ns - vectors[0].t0_ns >= span_s * 1e9:
            return count
    return None


def population_scale(healthy: Sequence[tuple[Floats, Mask]]) -> Floats:
    """Scale of healthy features about their own motor's baseline: the median over motors.

    Parameters
    ----------
    healthy : sequence of (rise, mask), each of shape (N, F)
        One entry a motor: rises of healthy windows over its baseline, well after learning,
        so that they hold the wandering that the learning windows do not show.

    Returns
    -------
    array, shape (F,)
        Median over motors of the root mean square deviation; NaN where no motor shows a feature.
    """
    motors = []
    for rise, mask in healthy:
        count = (~mask).sum(axis=0).astype(np.float64)
        count[count == 0.0] = np.nan
        power = np.where(mask, 0.0, rise**2).sum(axis=0)
        motors.append(np.sqrt(power / count))
    table = np.array(motors)
    seen = np.isfinite(table).any(axis=0)
    result = np.full(table.shape[1], np.nan)
    result[seen] = np.nanmedian(table[:, seen], axis=0)
    return result


def _spread(
    residual: Floats,
    values: Floats,
    seen: Mask,
    center: Floats,
    population: npt.ArrayLike | None,
    pseudo_count: float,
) -> Floats:
    own = robust_scale(residual, values, seen)
    if population is not None:
        other = np.asarray(population, dtype=np.float64)
        count = seen.sum(axis=0)
        pooled = np.sqrt((count * own**2 + pseudo_count * other**2) / (count + pseudo_count))
        own = np.where(np.isfinite(other), pooled, own)
    return np.maximum(own, RELATIVE_FLOOR * np.abs(center))


def _check_same(vector: FeatureVector, spec_id: str, motor_id: str) -> None:
    if vector.spec_id != spec_id:
        raise SpecMismatch(
            f"features of spec {vector.spec_id!r} meet a baseline of spec {spec_id!r}; "
            "extract with the same FeatureSpec or learn a new baseline"
        )
    if vector.motor_id != motor_id:
        raise SpecMismatch(
            f"features of motor {vector.motor_id!r} meet the baseline of motor {motor_id!r}"
        )
