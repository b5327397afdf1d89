"""A health indicator over time: one level in dB a window, smoothed to medians of blocks.

A level in dB is a logarithm, so damage that grows in proportion to itself is a straight line.
Running-in lowers levels first; the reference is therefore the motor's own quiet level so far,
not its beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.vector import FeatureVector
from models.prognosis.rules import IndicatorRule
from models.robust import Floats
from sensors.errors import BadConfig, BadSamples, MissingChannel, TooFewWindows

DENSE = 0.9
"""Windows closer than this share of the usual step are left out."""


@dataclass(frozen=True, slots=True)
class LevelSeries:
    """One indicator of one unit.

    Attributes
    ----------
    unit_id : str
        Whose.
    indicator : str
        Which feature.
    t_ns : int64 array, shape (N,)
        Ends of the windows, rising.
    level_db : float64 array, shape (N,)
        Finite.
    """

    unit_id: str
    indicator: str
    t_ns: npt.NDArray[np.int64]
    level_db: Floats

    def __post_init__(self) -> None:
        if self.t_ns.shape != self.level_db.shape or self.t_ns.ndim != 1 or not self.t_ns.size:
            raise BadSamples(
                f"{self.unit_id}: times {self.t_ns.shape} and levels {self.level_db.shape} must "
                "both be (N,), N at least 1"
            )
        if not np.isfinite(self.level_db).all():
            raise BadSamples(f"{self.unit_id}: {self.indicator} holds NaN or infinity; mask it")
        if np.any(np.diff(self.t_ns) <= 0):
            raise BadSamples(
                f"{self.unit_id}: windows are not in order of time, or two end at one instant; "
                "check the dates of the recordings"
            )

    def until(self, now_ns: int) -> "LevelSeries":
        """Return what was known at an instant."""
        count = int(np.searchsorted(self.t_ns, now_ns, side="right"))
        return LevelSeries(self.unit_id, self.indicator, self.t_ns[:count], self.level_db[:count])


@dataclass(frozen=True, slots=True)
class Blocks:
    """Medians of blocks of windows, the last block ending with the last window.

    Attributes
    ----------
    t_s : array, shape (B,)
        Mean time of each block before now: negative or zero, rising.
    rise_db : array, shape (B,)
        Median level above the quiet level.
    quiet_db : float
        The quiet level.
    now_ns : int
        End of the last window.
    """

    t_s: Floats
    rise_db: Floats
    quiet_db: float
    now_ns: int

    def last(self, count: int) -> "Blocks":
        """Return the last blocks alone."""
        return Blocks(self.t_s[-count:], self.rise_db[-count:], self.quiet_db, self.now_ns)


def level_series(
    unit_id: str,
    vectors: Sequence[FeatureVector],
    names: Sequence[str],
    indicator: str,
    rule: IndicatorRule,
) -> LevelSeries:
    """Read one feature over time, at the operating point of the last window.

    Parameters
    ----------
    unit_id : str
        Whose.
    vectors : sequence of FeatureVector
        In order of time; windows in which the indicator is masked are left out.
    names : sequence of str
        Of the features, as in the spec.
    indicator : str
        Which one.
    rule : IndicatorRule
        How far speed and load may be from the last window's.

    Raises
    ------
    BadConfig
        The spec has no such feature.
    MissingChannel
        No window has it.
    BadSamples
        The windows are not in order of time, or a level is infinite.
    """
    if indicator not in names:
        raise BadConfig(f"the feature specification has no {indicator!r}")
    at = list(names).index(indicator)
    seen = [v for v in vectors if not v.mask[at] and not np.isnan(v.values[at])]
    if not seen:
        raise MissingChannel(
            f"{unit_id}: none of {len(vectors)} windows has {indicator}; prognosis needs vibration "
            "in every window, at a rate and length that carry this level"
        )
    alike = [v for v in seen if _comparable(v, seen[-1], rule)]
    return LevelSeries(
        unit_id,
        indicator,
        np.array([v.t1_ns for v in alike], dtype=np.int64),
        np.array([v.values[at] for v in alike], dtype=np.float64),
    )


def _comparable(vector: FeatureVector, last: FeatureVector, rule: IndicatorRule) -> bool:
    speed_rpm = last.speed_rpm
    allowed_rpm = rule.speed_tolerance * abs(speed_rpm or 0.0)
    return _near(vector.speed_rpm, speed_rpm, allowed_rpm) and _near(
        vector.load, last.load, rule.load_tolerance
    )


def _near(value: float | None, wanted: float | None, allowed: float) -> bool:
    return value is None or wanted is None or abs(value - wanted) <= allowed


def blocks_of(series: LevelSeries, rule: IndicatorRule) -> Blocks:
    """Take medians of blocks of evenly spaced windows, counted back from the last.

    A median ignores up to two odd windows in five. What is left over at the beginning is dropped.

    Parameters
    ----------
    series : LevelSeries
        Up to now.
    rule : IndicatorRule
        Size of the blocks, and how few carry nothing.

    Raises
    ------
    TooFewWindows
        Fewer blocks than the rule asks for.
    """
    even = evenly(series.t_ns)
    size = rule.block_windows
    count = even.size // size
    if count < rule.least_blocks:
        raise TooFewWindows(
            f"{series.unit_id}: {even.size} comparable windows with {series.indicator}; a trend "
            f"needs at least {rule.least_blocks * size}: record longer or more often"
        )
    now_ns = int(series.t_ns[-1])
    used = even[-count * size :]
    t_s = (series.t_ns[used] - now_ns) / 1e9
    levels = np.median(series.level_db[used].reshape(count, size), axis=1)
    quiet_db = float(np.quantile(levels, rule.quiet_quantile))
    return Blocks(t_s.reshape(count, size).mean(axis=1), levels - quiet_db, quiet_db, now_ns)


def evenly(t_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return places of windows no closer than usual, counted back from the last.

    Autocorrelation from block to block needs steps alike; and where a series was thinned but for
    its end, the density alone would tell that the end is near.

    Parameters
    ----------
    t_ns : int64 array, shape (N,)
        Rising times.
    """
    steps_ns = np.diff(t_ns)
    least_ns = DENSE * float(np.median(steps_ns)) if steps_ns.size else 0.0
    if not np.any(steps_ns < least_ns):
        return np.arange(t_ns.size)
    kept = [t_ns.size - 1]
    for at in range(t_ns.size - 2, -1, -1):
        if t_ns[kept[-1]] - t_ns[at] >= least_ns:
            kept.append(at)
    return np.array(kept[::-1])
