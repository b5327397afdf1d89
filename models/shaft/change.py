"""What was added to a shaft's lines since a baseline: the strongest evidence of a fault."""

from dataclasses import replace
from math import hypot, log10, sqrt

from dsp.shaft_orders import AxisOrders, ShaftOrders
from models.shaft.patterns import Pattern
from models.shaft.rules import BaselineRule
from sensors.capture import Unit

SMALLEST = 1e-6
"""Least velocity of a baseline, relative to what is there now: 120 dB are enough."""
UNCONFIRMED = 0.01
"""Relative uncertainty of a speed that no line confirms."""


def added(
    now: ShaftOrders, baseline: ShaftOrders, *, largest_speed_change: float
) -> ShaftOrders | str:
    """Take a baseline's velocities off, mean square from mean square.

    Phases are not known, so what was added may be more or less than this says; a line that has
    become lower counts as unchanged.

    Returns
    -------
    ShaftOrders or str
        Channels that the baseline has too, by name and unit; or why the two cannot be compared:
        without a unit, nothing says that both were taken at one gain.
    """
    change = abs(now.shaft_hz / baseline.shaft_hz - 1)
    if change > largest_speed_change:
        return (
            f"the baseline was taken at {baseline.shaft_hz * 60:.0f} rpm and this at "
            f"{now.shaft_hz * 60:.0f}: forces go with the square of the speed; take one at this"
        )
    uncertain = max(now.tolerance, baseline.tolerance)
    if uncertain >= UNCONFIRMED and change > now.tolerance + baseline.tolerance:
        return (
            f"the baseline was read at {baseline.shaft_hz * 60:.0f} rpm and this at "
            f"{now.shaft_hz * 60:.0f}, of which one is merely declared: lines may have been missed "
            "there; measure the speed"
        )
    scaled = [axis for axis in now.axes if axis.channel.unit is not Unit.UNSCALED]
    if not scaled:
        return "samples without a unit: what rose since the baseline may be the gain; state scales"
    before = {(a.channel.name, a.channel.unit): a for a in baseline.axes}
    pairs = [(a, before.get((a.channel.name, a.channel.unit))) for a in scaled]
    axes = tuple(_added(axis, old) for axis, old in pairs if old is not None)
    if not axes:
        return "the baseline has none of these channels"
    return replace(now, axes=axes)


def _added(now: AxisOrders, before: AxisOrders) -> AxisOrders:
    lines = {
        name: replace(line, rms=_more(line.rms, before.rms(name)))
        for name, line in now.lines.items()
    }
    own = hypot(*(line.rms for line in lines.values()))
    return replace(now, lines=lines, overall=max(_more(now.overall, before.overall), own))


def _more(now: float, before: float) -> float:
    return sqrt(max(now**2 - before**2, 0.0))


def rise_db(pattern: Pattern, now: ShaftOrders, baseline: ShaftOrders) -> float:
    """Return by how much the lines of a pattern have risen, in dB; 0 where it knows none of them.

    The baseline must have the pattern's channel.
    """
    name = pattern.axis.channel.name
    after, before = _find(now, name), _find(baseline, name)
    known = [line for line in pattern.lines if line in before.lines]
    new = hypot(*(after.rms(line) for line in known))
    old = hypot(*(before.rms(line) for line in known))
    return 20 * log10(new / max(old, SMALLEST * new)) if new > 0 else 0.0


def matters(pattern: Pattern, now: ShaftOrders, rule: BaselineRule, limit: float | None) -> bool:
    """Say whether what was added is more than a trifle.

    Parameters
    ----------
    limit : float or None
        Velocity of the B/C limit in mm/s where one applies.
    """
    overall = _find(now, pattern.axis.channel.name).overall
    if pattern.rms**2 < rule.least_part * overall**2:
        return False
    return limit is None or pattern.rms >= rule.least_step_share * limit


def _find(orders: ShaftOrders, name: str) -> AxisOrders:
    return next(axis for axis in orders.axes if axis.channel.name == name)
