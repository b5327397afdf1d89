"""What an operator may be told: trend, pace and an inspect-by date; hours only when earned.

Accelerated tests are not field life. `Hours` exist only where enough failures of the same class of
machine were learnt in the field; without, `Outlook.hours` is None and says why.
"""

from typing import Literal

import msgspec

from models.prognosis.forecast import Forecast, forecast
from models.prognosis.population import Population
from models.prognosis.rules import InspectionRule, PrognosisRules
from models.prognosis.series import LevelSeries, blocks_of
from models.prognosis.trend import HOUR_S, Trend, find_trend

DAY_S = 24.0 * HOUR_S


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Time left, earned by field failures of the same class.

    Attributes
    ----------
    median_h, low_h, high_h : float or None
        Remaining useful life and its interval; None where the distribution does not reach it: no
        upper bound.
    coverage : float
        Of the interval, nominal.
    horizon_h, probability : float
        Probability of failure within the horizon.
    failures : int
        Of how many lives this is learnt.
    """

    median_h: float | None
    low_h: float | None
    high_h: float | None
    coverage: float
    horizon_h: float
    probability: float
    failures: int


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a motor's future.

    Attributes
    ----------
    unit_id, indicator : str
        Whose, from which level.
    now_ns : int
        The end of the last window.
    windows : int
        Comparable windows that it rests on.
    quiet_db, rise_db : float
        The quiet level, and how far the latest median stands above it.
    state : str
        ``rising``, or ``no_trend``: then nothing is foretold.
    reason : str
        In words.
    trend : Trend or None
        Slope, acceleration and significance.
    inspect_by_ns : int or None
        By when to look; also without a trend where the level is far too high.
    inspect_reason : str or None
        Why by then.
    hours : Hours or None
        Only where they may be shown.
    hours_withheld : str or None
        Why they are not.
    """

    unit_id: str
    indicator: str
    now_ns: int
    windows: int
    quiet_db: float
    rise_db: float
    state: Literal["rising", "no_trend"]
    reason: str
    trend: Trend | None = None
    inspect_by_ns: int | None = None
    inspect_reason: str | None = None
    hours: Hours | None = None
    hours_withheld: str | None = None


def outlook(
    series: LevelSeries,
    rules: PrognosisRules,
    population: Population | None = None,
    *,
    machine_class: str | None = None,
) -> Outlook:
    """Say what the series up to its last window supports.

    Parameters
    ----------
    series : LevelSeries
        Of one motor, up to now.
    rules : PrognosisRules
        What counts as a trend, and what may be shown.
    population : Population, optional
        Lives that ended, of the same indicator.
    machine_class : str, optional
        Of this motor; hours need lives of the same.

    Raises
    ------
    TooFewWindows
        Too few windows for any trend.
    """
    blocks = blocks_of(series, rules.indicator)
    found = find_trend(blocks, rules)
    rise_db = float(blocks.rise_db[-1])
    said = Outlook(
        unit_id=series.unit_id,
        indicator=series.indicator,
        now_ns=blocks.now_ns,
        windows=series.level_db.size,
        quiet_db=blocks.quiet_db,
        rise_db=rise_db,
        state="no_trend" if isinstance(found, str) else "rising",
        reason=_words(found, rise_db, rules),
    )
    if isinstance(found, str):
        if rise_db < rules.inspection.at_once_db:
            return said
        why = _too_high(rise_db)
        return msgspec.structs.replace(said, inspect_by_ns=blocks.now_ns, inspect_reason=why)
    ahead_s, why = _inspection(found, rise_db, rules.inspection)
    withheld = withheld_because(population, machine_class, rules)
    hours = None
    if population is not None and withheld is None:
        hours = hours_of(forecast(blocks, found, population), population, rules)
    return msgspec.structs.replace(
        said,
        trend=found,
        inspect_by_ns=blocks.now_ns + round(ahead_s * 1e9),
        inspect_reason=why,
        hours=hours,
        hours_withheld=withheld,
    )


def withheld_because(
    population: Population | None, machine_class: str | None, rules: PrognosisRules
) -> str | None:
    """Return why hours may not be shown, or None where they may."""
    least = rules.hours.least_field_failures
    need = f"hours need {least} failures of this class of machine in the field"
    if population is None:
        return f"{need}, and no life that ended is known"
    if population.origin != "field":
        kind = "accelerated tests" if population.origin == "test" else "simulated lives"
        return f"{need}; the {population.lives} known are {kind}, which are not field life"
    if machine_class is None or population.machine_class != machine_class:
        return (
            f"{need}; the lives known are of class {population.machine_class or 'unknown'}, this "
            f"motor is of class {machine_class or 'unknown'}"
        )
    return None if population.lives >= least else f"{need}; {population.lives} are known"


def hours_of(left: Forecast, population: Population, rules: PrognosisRules) -> Hours:
    """Put a forecast in hours."""
    tail = (1.0 - rules.hours.coverage) / 2.0
    low, median, high = (left.quantile_s(p) for p in (tail, 0.5, 1.0 - tail))
    return Hours(
        median_h=_in_hours(median),
        low_h=_in_hours(low),
        high_h=_in_hours(high),
        coverage=rules.hours.coverage,
        horizon_h=rules.hours.horizon_h,
        probability=left.within(rules.hours.horizon_h * HOUR_S),
        failures=population.lives,
    )


def _in_hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / HOUR_S


def _words(found: Trend | str, rise_db: float, rules: PrognosisRules) -> str:
    if isinstance(found, str):
        if rise_db < rules.trend.least_rise_db:
            return found
        return (
            f"{found}; yet the level stands {rise_db:.1f} dB above the motor's quiet level, a step "
            "or a stay that a trend does not describe: see what `motorwatch diagnose` finds"
        )
    return (
        f"rises by {found.slope_db_per_h:.3g} dB an hour over the last "
        f"{duration_text(found.span_s)}, {found.pace}; chance alone does so with probability "
        f"{found.p_value:.1g}"
    )


def _too_high(rise_db: float) -> str:
    return f"the level is {rise_db:.0f} dB above the motor's quiet level"


def _inspection(trend: Trend, rise_db: float, rule: InspectionRule) -> tuple[float, str]:
    """Return how long an inspection may wait, in s, and why."""
    if rise_db >= rule.at_once_db:
        return 0.0, _too_high(rise_db)
    doubling_s = rule.doubling_db / trend.slope_db_per_h * HOUR_S
    ahead_s, longest_s = rule.share * doubling_s, rule.longest_days * DAY_S
    if ahead_s > longest_s:
        return (
            longest_s,
            f"it rises slowly; no trend is left longer than {rule.longest_days:g} days",
        )
    return ahead_s, (
        f"at this pace the level doubles in {duration_text(doubling_s)}; "
        f"{rule.share:.0%} of that is left for the inspection"
    )


def duration_text(seconds: float) -> str:
    """Return a duration in the unit that suits it."""
    for unit, length in (("days", DAY_S), ("h", HOUR_S), ("min", 60.0)):
        if seconds >= 2.0 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
