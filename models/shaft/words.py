"""Findings and doubts of the shaft in an engineer's words, with figures."""

from dataclasses import dataclass

from dsp.shaft_line import CLEAR_BINS
from dsp.shaft_orders import TWICE_LINE, AxisOrders, OrderLine, ShaftOrders
from models.finding import Confidence, Evidence, Finding, Severity
from models.shaft.directions import AXIAL, HUM, ORDERS
from models.shaft.level import ShaftLevel
from models.shaft.patterns import HALF_ORDERS, HARMONICS, Pattern
from models.shaft.rules import ShaftRules
from models.shaft_speed import ShaftSpeed
from sensors.capture import Sense, Unit
from sensors.conditions import Condition

MOST_LINES = 4
"""Lines told one by one; a longer family is told together."""
RANK: tuple[Confidence, ...] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a pattern is called a fault.

    Attributes
    ----------
    rules : ShaftRules
    severity : Severity or None
        Velocity and zone of its channel; None where that is not calibrated.
    rise_db : float or None
        By how much its lines have risen since the baseline; None where that is not the ground.
    speed : ShaftSpeed
    """

    rules: ShaftRules
    severity: Severity | None
    rise_db: float | None
    speed: ShaftSpeed


def finding_of(pattern: Pattern, orders: ShaftOrders, grounds: Grounds) -> Finding:
    """Turn a pattern into a finding with its evidence.

    Parameters
    ----------
    pattern : Pattern
        Of `orders`, or of what was added to them.
    orders : ShaftOrders
        As they stand in this window.
    grounds : Grounds
    """
    axis = next(a for a in orders.axes if a.channel.name == pattern.axis.channel.name)
    return Finding(
        condition=pattern.condition,
        confidence=_confidence(pattern, orders, grounds),
        severity=grounds.severity,
        evidence=(*_lines(pattern, axis), *_reasons(pattern, axis, grounds)),
        alternatives=_alternatives(pattern, orders, grounds.rules),
    )


def _confidence(pattern: Pattern, orders: ShaftOrders, grounds: Grounds) -> Confidence:
    """Rank how sure a finding is: by its ground first, then capped by what is not known."""
    rough = grounds.severity is not None and grounds.severity.zone in ("C", "D")
    rise, clear = grounds.rise_db, grounds.rules.baseline.clear_rise_db
    steady = grounds.rules.lines.steady
    if rise is None and not rough:
        return "low"
    strong = pattern.plain and (rough or (rise is not None and rise >= clear))
    # A clear line at the declared speed confirms it as well as a comb does.
    confirmed = grounds.speed.source == "refined" or orders.tolerance < grounds.speed.tolerance
    caps = [2 if strong else 1, 2 if confirmed else 1]
    if grounds.speed.source == "estimated" or pattern.condition is Condition.SOFT_FOOT:
        # Names of orders stand on the speed; the supply's line on what currents would tell.
        caps.append(0)
    if pattern.condition in (Condition.BENT_SHAFT, Condition.GEAR_WEAR):
        caps.append(1 if pattern.plain else 0)
    if pattern.condition is Condition.UNBALANCE and pattern.axis.steadiness < steady:
        # A heavy spot pulls evenly; what comes and goes may be a neighbour's shaft beside ours.
        caps.append(0)
    if pattern.condition is not Condition.LOOSENESS and not _sees_axis(orders):
        caps.append(1)
    return RANK[min(caps)]


def _sees_axis(orders: ShaftOrders) -> bool:
    return any(axis.channel.axis in AXIAL for axis in orders.axes)


def _lines(pattern: Pattern, axis: AxisOrders) -> list[Evidence]:
    lines = [axis.lines[name] for name in pattern.lines if name in axis.lines]
    if len(lines) <= MOST_LINES:
        return [_evidence(line, axis) for line in lines if line.level_db > 0]
    first = _evidence(max(lines, key=lambda line: line.rms), axis)
    levels = [
        round(axis.lines[n].level_db, 1) for n in (*ORDERS[1:2], *HARMONICS) if n in axis.lines
    ]
    halves = [round(axis.lines[n].level_db, 1) for n in HALF_ORDERS if n in axis.lines]
    family = Evidence(
        text=pattern.text,
        channel=axis.channel.name,
        harmonics_db=tuple(levels),
        sidebands_db=tuple(halves),
        sense=Sense.VIBRATION,
    )
    return [first, family]


def _evidence(line: OrderLine, axis: AxisOrders) -> Evidence:
    return Evidence(
        text=f"{line.name} at {line.found_hz:.2f} Hz: {say_velocity(line.rms, axis)}, "
        f"{line.level_db:.0f} dB over its floor",
        channel=axis.channel.name,
        line=line.name,
        expected_hz=line.expected_hz,
        found_hz=line.found_hz,
        level_db=line.level_db,
        chance=line.chance,
        sense=Sense.VIBRATION,
        tolerance_hz=line.tolerance_hz,
    )


def say_velocity(rms: float, axis: AxisOrders) -> str:
    """Say a velocity in mm/s RMS, or as a share of the whole where the unit is not known."""
    if axis.channel.unit is Unit.MPS2:
        return f"{rms:.2f} mm/s RMS"
    share = rms / axis.overall if axis.overall > 0 else 0.0
    return f"{share:.0%} of the velocity"


def _reasons(pattern: Pattern, axis: AxisOrders, grounds: Grounds) -> list[Evidence]:
    said = [pattern.text, f"together {pattern.share:.0%} of the mean square velocity"]
    if grounds.rise_db is not None:
        said.append(f"risen by {grounds.rise_db:.1f} dB since the baseline")
        said[1] += " added since"
    if grounds.severity is not None and grounds.severity.zone != "not applicable":
        said.append(f"{grounds.severity.value:.2f} mm/s RMS, zone {grounds.severity.zone}")
    return [Evidence(text="; ".join(said), channel=axis.channel.name, sense=Sense.VIBRATION)]


def _alternatives(pattern: Pattern, orders: ShaftOrders, rules: ShaftRules) -> tuple[str, ...]:
    words = rules.words[pattern.condition]
    said = list(words.alternatives)
    if words.unless_axial and not _sees_axis(orders):
        said.append(words.unless_axial)
    along = {axis.channel.axis for axis in orders.axes if axis.channel.axis in AXIAL}
    if along == {"z"} and pattern.condition in (Condition.BENT_SHAFT, Condition.MISALIGNMENT):
        said.append("anything across the shaft, if `z` is not the axial direction")
    if pattern.condition is Condition.UNBALANCE:
        if pattern.axis.steadiness < rules.lines.steady:
            said.append("a neighbour that turns nearly as fast, or a load that swings: 1x beats")
        elif not pattern.plain:
            said.append("loose foundation or resonance: one direction only, or not 1x alone")
    return tuple(said)


def doubt_of(pattern: Pattern, rules: ShaftRules) -> list[str]:
    """Say that a pattern stands out where nothing says how much of it is too much."""
    # Sound motors show these two: without a level they are not even a doubt, unless nothing else
    # is there.
    alone = pattern.plain and pattern.share >= rules.unbalance.alone_share
    if pattern.condition is Condition.SOFT_FOOT:
        return []
    if pattern.condition is Condition.UNBALANCE and not alone:
        return []
    return [
        f"{pattern.axis.channel.name}: {pattern.text}, the pattern of {pattern.condition.value}, "
        "but nothing says whether it is much: a capture of the sound machine as baseline would, "
        f"or {rules.words[pattern.condition].check}"
    ]


def say_shared(pattern: Pattern, rules: ShaftRules) -> str:
    """Say that a pattern stands that another fault makes as readily."""
    return (
        f"{pattern.axis.channel.name}: {pattern.text}, the pattern of {pattern.condition.value}, "
        f"but as readily of {pattern.shared}: not told apart here; "
        f"{rules.words[pattern.condition].check}"
    )


def say_unexplained(orders: ShaftOrders, level: ShaftLevel) -> str:
    """Say that a machine shakes too much and no pattern of its shaft explains it."""
    name = level.worst
    axis = next(a for a in orders.axes if a.channel.name == name)
    highest = sorted(axis.lines.values(), key=lambda line: -line.rms)[:3]
    said = ", ".join(f"{line.name} {line.rms:.2f}" for line in highest)
    velocity, verdict = level.channels[name]
    return (
        f"{name}: {velocity:.2f} mm/s RMS is zone {verdict.zone}, and no pattern of the shaft's "
        f"lines explains it (highest, in mm/s: {said}): look for resonance, flow or a neighbour"
    )


def say_merged(orders: ShaftOrders) -> list[str]:
    """Say which of the shaft's lines could not be told from the supply's."""
    return [*_beside_twice_line(orders), *_on_the_line(orders)]


def _on_the_line(orders: ShaftOrders) -> list[str]:
    lines = {n: x for axis in orders.axes for n, x in axis.lines.items() if x.merged == HUM}
    if not lines:
        return []
    return [
        f"{', '.join(lines)} of the shaft stand on multiples of the line's frequency, where no "
        "motor with slip puts them: taken for hum; look whether the speed is right"
    ]


def _beside_twice_line(orders: ShaftOrders) -> list[str]:
    for axis in orders.axes:
        line = axis.lines.get(TWICE_LINE)
        if line is not None and line.merged is not None:
            other = axis.lines[line.merged]
            apart = abs(other.expected_hz - line.expected_hz)
            free = apart - other.tolerance_hz - line.tolerance_hz
            longer = f"; {CLEAR_BINS / free:.2g} s of samples would" if free > 0 else ""
            return [
                f"{other.name} of the shaft at {other.expected_hz:.2f} Hz and twice the line's "
                f"frequency at {line.expected_hz:.2f} Hz are not told apart here, and what stands "
                f"there does not count as the shaft's{longer}; more load moves them apart"
            ]
    return []
