"""A threshold for a budget of false alarms, from healthy scores alone, and what they can support.

Scores are decisions of ten minutes (`models.episodes.decision_scores`), so a month holds 4,380.
With enough of them the tail is extrapolated by a generalised Pareto law; with few, a bound above
the largest score stands in. Both say how far beyond the data they reach.
"""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv

from models.intervals import rate_bound
from sensors.errors import BadConfig, TooFewWindows

DECISIONS_PER_MONTH = 4380
HOURS_PER_MONTH = 730.0
MIN_DECISIONS = 20
TAIL_SHARE = 0.1
"""Share of decisions treated as the tail of the Pareto law."""
TAIL_MIN = 50
"""Fewest decisions in that tail; below, the bound stands in."""
BOUND_SHARE = 0.2
MAX_SHAPE = 0.5

Method = Literal["pareto", "bound", "floor"]


class Threshold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A threshold and what stands behind it.

    Attributes
    ----------
    value : float
        A decision is an alarm when its score is above this.
    method : str
        ``pareto`` (tail extrapolated by a generalised Pareto law), ``bound`` (above the largest
        score), or ``floor`` (the least that makes sense was higher still).
    alarms_per_month : float
        The budget asked for.
    decisions, units : int
        Healthy decisions and motors it was chosen from.
    exposure_h : float
        Their time.
    extrapolation : float
        How many times longer the exposure would have to be to hold one budgeted alarm.
    supported_per_month : float
        What the exposure itself shows: 95 % upper bound of the alarm rate at this threshold.
    """

    value: float
    method: Method
    alarms_per_month: float
    decisions: int
    units: int
    exposure_h: float
    extrapolation: float
    supported_per_month: float

    @property
    def text(self) -> str:
        """One line for people."""
        return (
            f"threshold {self.value:.3g} ({self.method}) for {self.alarms_per_month:g} false "
            f"alarms a motor-month, from {self.exposure_h:.1f} h of {self.units} healthy motors, "
            f"which show at most {self.supported_per_month:.3g} a month (95 %); the rest is "
            f"extrapolation by a factor of {self.extrapolation:.3g}"
        )


def choose_threshold(
    scores: npt.ArrayLike,
    units: Sequence[str],
    *,
    alarms_per_month: float,
    least: float = -math.inf,
    decision_s: float = 600.0,
) -> Threshold:
    """Choose the threshold that healthy decisions exceed `alarms_per_month` times a month.

    Parameters
    ----------
    scores : array, shape (D,)
        Healthy decision scores; higher is worse.
    units : sequence of str, length D
        The motor of each decision.
    alarms_per_month : float
        Budget of false alarms a motor-month.
    least : float
        No threshold is below this: few motors may all have been quieter than the next one.

    Raises
    ------
    TooFewWindows
        Fewer than 20 decisions.
    BadConfig
        The budget is not between 0 and one alarm a decision.
    """
    values = np.sort(np.asarray(scores, dtype=np.float64))
    per_month = HOURS_PER_MONTH * 3600.0 / decision_s
    chance = alarms_per_month / per_month
    if not 0.0 < chance < 1.0:
        raise BadConfig(f"false-alarm budget {alarms_per_month} must be in 0 to {per_month:g}")
    if values.size < MIN_DECISIONS or not np.isfinite(values).all():
        raise TooFewWindows(
            f"{values.size} healthy decisions are too few for a threshold; bring at least "
            f"{MIN_DECISIONS} finite ones ({MIN_DECISIONS * decision_s / 3600.0:.1f} h)"
        )
    pareto = values.size * TAIL_SHARE >= TAIL_MIN
    found = pareto_quantile(values, chance) if pareto else bound_quantile(values, chance)
    method: Method = "floor" if found < least else "pareto" if pareto else "bound"
    value = max(found, least)
    months = values.size / per_month
    return Threshold(
        value=value,
        method=method,
        alarms_per_month=alarms_per_month,
        decisions=values.size,
        units=len(set(units)),
        exposure_h=months * HOURS_PER_MONTH,
        extrapolation=max(1.0, 1.0 / (chance * values.size)),
        supported_per_month=rate_bound(int((values > value).sum()), months),
    )


def pareto_quantile(values: npt.NDArray[np.float64], chance: float) -> float:
    """Score exceeded with probability `chance`, by peaks over the 90 % quantile.

    ``u + sigma/xi ((chance/share)^-xi - 1)``, sigma and xi by probability-weighted moments
    (Hosking and Wallis 1987), xi held in 0 to 0.5: a tail is never taken to end.

    Parameters
    ----------
    values : array, shape (D,)
        Sorted scores.
    chance : float
        Probability of one decision to exceed.
    """
    if chance >= TAIL_SHARE:
        return float(np.quantile(values, 1.0 - chance))
    tail = values[-int(values.size * TAIL_SHARE) :]
    base = float(values[-tail.size - 1])
    excess = tail - base
    rank = (np.arange(1, tail.size + 1) - 0.35) / tail.size
    first, second = float(excess.mean()), float(np.mean((1.0 - rank) * excess))
    if first <= 0.0:
        return base
    shape = float(np.clip(2.0 - first / (first - 2.0 * second), 0.0, MAX_SHAPE))
    scale = first * (1.0 - shape)
    depth = float(np.log(tail.size / values.size / chance))
    reach = depth if shape == 0.0 else float(np.expm1(shape * depth)) / shape
    return base + scale * reach


def bound_quantile(values: npt.NDArray[np.float64], chance: float) -> float:
    """Bound above the largest score, for too little exposure to fit a tail.

    ``max + b ln(1 / (chance D))`` where b is the 95 % upper bound of the mean excess over the 80 %
    quantile, as if excesses were exponential and the largest score no more than typical.
    """
    count = max(2, int(values.size * BOUND_SHARE))
    excess = values[-count:] - values[-count - 1]
    mean_bound = float(excess.sum() / gammaincinv(count, 0.05))
    depth = max(0.0, float(np.log(1.0 / (chance * values.size))))
    return float(values[-1]) + mean_bound * depth
