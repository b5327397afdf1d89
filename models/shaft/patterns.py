"""Patterns of lines that faults of a shaft make, found in the orders of one window.

A pattern says what stands out against what, never how bad it is: that takes a limit or a
baseline, which `models.shaft.judge` brings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot

from dsp.shaft_orders import HALVES, TWICE_LINE, AxisOrders, OrderLine, ShaftOrders, order_name
from models.shaft.directions import ORDERS, Directions, is_clear, stands
from models.shaft.rules import ShaftRules
from sensors.conditions import Condition

HALF_ORDERS = tuple(order_name(k) for k in HALVES)
HARMONICS = ORDERS[2:]
OVERHUNG = "an overhung rotor out of balance (a fan, say)"
COUPLING = "misalignment"
TIMES, BEYOND = 5.0, 100.0
"""From where a ratio is said in times, and from where it only means that the other is missing."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern found.

    Attributes
    ----------
    condition : Condition
        What makes such a pattern.
    axis : AxisOrders
        The channel in which it is strongest.
    lines : tuple of str
        Names of the lines that make it, the telling one first.
    text : str
        What stands against what, in figures.
    plain : bool
        Whether every mark of the pattern is there, and not the least of them only.
    telling : bool
        Whether a sound machine would hardly show it at any level.
    shared : str
        What else makes such a pattern as readily, so that it names neither; empty where it does.
    """

    condition: Condition
    axis: AxisOrders
    lines: tuple[str, ...]
    text: str
    plain: bool
    telling: bool = False
    shared: str = ""

    @property
    def rms(self) -> float:
        """Velocity of its lines together."""
        return hypot(*(self.axis.rms(name) for name in self.lines))

    @property
    def share(self) -> float:
        """Share of the channel's mean square velocity that it explains."""
        return (self.rms / self.axis.overall) ** 2 if self.axis.overall > 0 else 0.0


def find_patterns(orders: ShaftOrders, rules: ShaftRules) -> tuple[Pattern, ...]:
    """Find what pattern the shaft's lines make, at most one, and the supply's beside it.

    Parameters
    ----------
    orders : ShaftOrders
        Of one window, or what was added since a baseline.
    rules : ShaftRules

    Returns
    -------
    tuple of Pattern
        Patterns that explain less than the least share of the velocity are left out.
    """
    directions = Directions.of(orders)
    if directions is None:
        return ()
    shafts = (loose(orders.axes, rules), *axial_patterns(directions, rules))
    shaft = next((p for p in (*shafts, once_a_turn(directions, rules)) if p is not None), None)
    found = [p for p in (shaft, twice_line(orders.axes, rules)) if p is not None]
    return tuple(p for p in found if p.share >= rules.lines.least_share)


def once_a_turn(at: Directions, rules: ShaftRules) -> Pattern | None:
    """Unbalance: the first order alone, across the shaft."""
    rule, radial = rules.unbalance, at.radial
    first = radial.rms("1x")
    rest = [name for name in radial.lines if name != "1x"]
    highest = max(rest, key=radial.rms)
    if not stands(radial, "1x", rules.lines) or radial.rms(highest) > rule.most_others * first:
        return None
    axial = at.axial_share("1x")
    if axial > rule.most_axial:
        return None
    uneven = first / max(at.other.rms("1x"), 1e-9 * first) if at.other else float("inf")
    said = f"next highest {highest} at {radial.rms(highest) / first:.0%} of 1x"
    said += f", axial 1x {axial:.0%} of radial" if at.axial else ""
    said += f", amplitude steady to {radial.steadiness:.2f} of 1"
    alone = first**2 >= rule.plain_share * radial.overall**2
    both = uneven <= rule.most_uneven
    return Pattern(
        condition=Condition.UNBALANCE,
        axis=radial,
        lines=("1x",),
        text=f"1x across the shaft carries the vibration: {said}",
        plain=alone and both and radial.steadiness >= rules.lines.steady,
    )


def axial_patterns(at: Directions, rules: ShaftRules) -> Iterator[Pattern | None]:
    """Misalignment and bent shaft: the second order, and what moves along the shaft."""
    yield twice_a_turn(at, rules)
    yield along_once_a_turn(at, rules)


def twice_a_turn(at: Directions, rules: ShaftRules) -> Pattern | None:
    """Misalignment: the second order beside the first, axial too."""
    rule, second = rules.misalignment, at.second_to_first
    along = at.axial_share("1x", "2x")
    axial = at.axial if along >= rule.least_axial else None
    bent = at.axial_share("1x") >= rules.bent_shaft.least_axial
    least = rules.bent_shaft.most_second if bent else rule.least_second
    if axial is None:
        least = rule.plain_second
    axes = [axis for axis in (axial, at.radial) if axis and stands(axis, "2x", rules.lines)]
    if not axes or second < least:
        return None
    said = f", axial {say_ratio(along)} of radial" if at.axial else ""
    return Pattern(
        condition=Condition.MISALIGNMENT,
        axis=max(axes, key=lambda axis: axis.rms("2x")),
        lines=("2x", "1x", "3x"),
        text=f"2x is {say_ratio(second)} of 1x{said}",
        plain=axial is not None and second >= rule.least_second,
        telling=axial is not None and second >= rule.plain_second,
    )


def along_once_a_turn(at: Directions, rules: ShaftRules) -> Pattern | None:
    """Bent shaft: the first order along the shaft.

    It names one only where it is plain: an overhung rotor out of balance shakes along the shaft
    too, though less than across it, and a coupling once and twice a turn alike.
    """
    rule, share, second = rules.bent_shaft, at.axial_share("1x"), at.second_to_first
    if at.axial is None or not stands(at.axial, "1x", rules.lines):
        return None
    if share < rule.least_axial or second >= rule.most_second:
        return None
    much, single = share >= rule.plain_axial, second <= rule.clear_second
    return Pattern(
        condition=Condition.BENT_SHAFT,
        axis=at.axial,
        lines=("1x", "2x"),
        text=f"1x along the shaft is {say_ratio(share)} of 1x across it, 2x {say_ratio(second)} "
        "of 1x",
        plain=much and single,
        shared=" or ".join([OVERHUNG] * (not much) + [COUPLING] * (not single)),
    )


def say_ratio(ratio: float) -> str:
    """Return a ratio as people say it: in per cent, or in times where there are many."""
    if ratio < TIMES:
        return f"{ratio:.0%}"
    return f"{ratio:.0f} times that" if ratio < BEYOND else f"over {BEYOND:.0f} times that"


def loose(axes: Sequence[AxisOrders], rules: ShaftRules) -> Pattern | None:
    """Looseness: many harmonics of the shaft, and halves between them."""
    found = [pattern for axis in axes if (pattern := _loose(axis, rules))]
    return max(found, key=lambda pattern: (pattern.plain, pattern.rms), default=None)


def _loose(axis: AxisOrders, rules: ShaftRules) -> Pattern | None:
    rule = rules.looseness
    highest = max(axis.rms(name) for name in ORDERS)

    def high(names: Sequence[str], share: float) -> tuple[str, ...]:
        enough = [name for name in names if axis.rms(name) >= share * highest]
        return tuple(name for name in enough if stands(axis, name, rules.lines))

    harmonics = high(HARMONICS, rule.harmonic_share)
    halves = high(HALF_ORDERS, rule.half_share)
    # Halves above every order belong to another shaft, or the speed is taken for its double.
    if len(harmonics) < rule.least_harmonics or max(map(axis.rms, HALF_ORDERS)) > highest:
        return None
    both = len(halves) >= rule.least_halves
    said = f" and {len(halves)} halves ({', '.join(halves)})" if halves else ", no halves"
    return Pattern(
        condition=Condition.LOOSENESS,
        axis=axis,
        lines=(*ORDERS[:2], *harmonics, *halves),
        text=f"{len(harmonics)} harmonics from 3x on above {rule.harmonic_share:.0%} of the "
        f"highest order{said}",
        plain=both,
        telling=both,
    )


def twice_line(axes: Sequence[AxisOrders], rules: ShaftRules) -> Pattern | None:
    """Soft foot: twice the line's frequency above every order."""
    found = [pattern for axis in axes if (pattern := _twice_line(axis, rules))]
    return max(found, key=lambda pattern: pattern.rms, default=None)


def _twice_line(axis: AxisOrders, rules: ShaftRules) -> Pattern | None:
    line = axis.lines.get(TWICE_LINE)
    if line is None or not is_clear(line, rules.lines) or not _is_supply(axis, line, rules):
        return None
    highest = max(axis.rms(name) for name in ORDERS if name != line.merged)
    if line.rms < rules.soft_foot.least_dominance * highest:
        return None
    share = line.rms / highest if highest > 0 else float("inf")
    return Pattern(
        condition=Condition.SOFT_FOOT,
        axis=axis,
        lines=(TWICE_LINE,),
        text=f"twice the line's frequency is {say_ratio(share)} of the highest order",
        plain=False,
    )


def _is_supply(axis: AxisOrders, line: OrderLine, rules: ShaftRules) -> bool:
    """Say whether a line is the supply's: parted from the shaft's, or with no order beside it.

    The second order may well stand alone. A fourth without a third or fifth is not the shaft's.
    """
    if line.merged is None:
        return True
    if line.merged not in ORDERS[3:]:
        return False
    at = ORDERS.index(line.merged)
    beside = max(axis.rms(name) for name in (*ORDERS[at - 1 : at], *ORDERS[at + 1 : at + 2]))
    return line.rms >= rules.soft_foot.least_alone * beside
