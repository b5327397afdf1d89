"""Intervals that say how much a number is worth: rates, proportions, and statistics over units.

Exact bounds where they exist (Garwood, Clopper-Pearson); otherwise a seeded bootstrap that draws
whole units, because the windows of one bearing are not independent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, gammaincinv

from sensors.errors import BadSamples

MIN_UNITS = 5
"""Fewest units in a class for an interval or an AUROC to be claimed."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval at a stated confidence."""

    low: float
    high: float
    confidence: float

    def covers(self, value: float) -> bool:
        """Whether `value` lies within."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Claim:
    """A statistic with its interval, or the reason why none is claimed.

    Attributes
    ----------
    value : float or None
        The statistic; None where the units do not allow it.
    interval : Interval or None
        Bootstrap interval over units.
    units : int
        How many units stand behind it.
    reason : str or None
        Why there is no claim.
    """

    value: float | None
    interval: Interval | None
    units: int
    reason: str | None = None


def rate_interval(count: int, exposure: float, *, confidence: float = 0.95) -> Interval:
    """Exact (Garwood 1936) interval of a Poisson rate per unit of exposure.

    Parameters
    ----------
    count : int
        Events seen.
    exposure : float
        Observed time, in the unit of the wanted rate (e.g. motor-months).
    """
    _check_count(count, exposure)
    tail = (1.0 - confidence) / 2.0
    low = float(gammaincinv(count, tail)) / exposure if count else 0.0
    return Interval(low, float(gammaincinv(count + 1, 1.0 - tail)) / exposure, confidence)


def rate_bound(count: int, exposure: float, *, confidence: float = 0.95) -> float:
    """Upper bound of a Poisson rate; without events ``-ln(1 - confidence) / exposure``."""
    _check_count(count, exposure)
    return float(gammaincinv(count + 1, confidence)) / exposure


def proportion_interval(successes: int, trials: int, *, confidence: float = 0.95) -> Interval:
    """Exact (Clopper and Pearson 1934) interval of a proportion."""
    if not 0 <= successes <= trials or trials == 0:
        raise BadSamples(f"{successes} successes of {trials} trials is no proportion")
    tail = (1.0 - confidence) / 2.0
    low = float(betaincinv(successes, trials - successes + 1, tail)) if successes else 0.0
    high = (
        float(betaincinv(successes + 1, trials - successes, 1.0 - tail))
        if successes < trials
        else 1.0
    )
    return Interval(low, high, confidence)


def bootstrap_units(
    statistic: Callable[[npt.NDArray[np.intp]], float],
    units: Sequence[str],
    strata: Sequence[str],
    *,
    seed: int,
    repeats: int = 1000,
    confidence: float = 0.95,
) -> Interval:
    """Percentile interval of a statistic when whole units are drawn with replacement.

    Parameters
    ----------
    statistic : callable
        Takes row numbers (with repeats), returns the statistic.
    units : sequence of str, length N
        The unit of each row.
    strata : sequence of str, length N
        Units are drawn within their stratum (their class), so that no class dies out.
    """
    groups = unit_strata(units, strata)
    rows = {unit: np.flatnonzero(np.asarray(units, dtype=object) == unit) for unit in set(units)}
    rng = np.random.default_rng(seed)
    drawn = np.empty(repeats)
    for turn in range(repeats):
        chosen = [unit for group in groups.values() for unit in rng.choice(group, len(group))]
        drawn[turn] = statistic(np.concatenate([rows[unit] for unit in chosen]))
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    return Interval(float(low), float(high), confidence)


def unit_strata(units: Sequence[str], strata: Sequence[str]) -> dict[str, list[str]]:
    """Group units by the set of strata their rows fall into; keys and members are sorted."""
    seen: dict[str, set[str]] = {}
    for unit, stratum in zip(units, strata, strict=True):
        seen.setdefault(unit, set()).add(stratum)
    groups: dict[str, list[str]] = {}
    for unit in sorted(seen):
        groups.setdefault("+".join(sorted(seen[unit])), []).append(unit)
    return dict(sorted(groups.items()))


def too_few_units(units: Sequence[str], classes: Sequence[str]) -> str | None:
    """Say which class has fewer than `MIN_UNITS` units, or None where all have enough."""
    for name in sorted(set(classes)):
        count = len({u for u, c in zip(units, classes, strict=True) if c == name})
        if count < MIN_UNITS:
            return f"class {name!r} has {count} units; fewer than {MIN_UNITS} carry no claim"
    return None


def _check_count(count: int, exposure: float) -> None:
    if count < 0 or not exposure > 0.0:
        raise BadSamples(f"{count} events in exposure {exposure} is no rate")
