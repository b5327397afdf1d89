"""Power and supply: what three, two or one currents, with or without voltages, say of a motor."""

from collections.abc import Iterator

from dsp.audit_note import AuditNote
from models.finding import Finding
from models.shaft_speed import ShaftSpeed
from models.supply.figures import SupplyFigures, Unbalance, measure_supply
from models.supply.limits import ElectricalLimits, load_electrical_limits
from models.supply.load import overload, too_little, voltage_doubts
from models.supply.measures import list_measures
from models.supply.rules import (
    Share,
    earth_current,
    open_phase,
    uneven_currents,
    uneven_supply,
)
from models.supply.since import OWN, figures_in_health, without_own
from models.supply.waves import SupplyWaves, gather
from models.supply.winding import unexplained_current
from models.supply.wiring import current_fault, power_doubt, power_fault
from models.verdict import SenseVerdict
from sensors.capture import Capture, Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Motor, Nameplate


def judge_supply(
    capture: Capture,
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
    *,
    limits: ElectricalLimits | None = None,
    health: Capture | None = None,
) -> SenseVerdict:
    """Judge supply, winding and load of a motor by its currents and voltages.

    Parameters
    ----------
    capture : Capture
        Currents of one to three phases, with or without voltages; labels of phases decide what
        is worked out (``a``, ``b``, ``c``; line-to-line voltages ``ab``, ``bc``, ``ca``).
    motor : Motor
        Rated current and voltage give the scale.
    notes : tuple of AuditNote
        What the audit saw: refused channels are left out, with the reason.
    speed : ShaftSpeed or None
        Not needed: no line of the supply depends on it.
    limits : ElectricalLimits, optional
        Other limits than `electrical.toml`.
    health : Capture, optional
        Of the same motor while it was sound: what was as uneven then is a doubt at most.

    Returns
    -------
    SenseVerdict
        Findings among single_phasing, supply_unbalance, stator_inter_turn (only against measured
        voltages), current_unbalance (where the cause is open) and overload.
    """
    del speed
    rules, plate = limits or load_electrical_limits(), motor.nameplate
    lines, meters = gather(capture, notes, "current"), gather(capture, notes, "power")
    figures = measure_supply(lines, meters, plate)
    wrong_power = power_fault(figures, plate.rated_voltage_v)
    dead = rules.single_phasing.dead
    wrong_current = None if figures.currents is None else current_fault(figures.currents, dead)
    currents = None if wrong_current else figures.currents
    judged = _unbalances(currents, figures.voltages, plate.rated_current_a, rules)
    was = None if health is None else figures_in_health(health, motor)
    if was is not None:
        judged = without_own(judged, figures, was, plate.rated_current_a, rules)
    whole = not any(_is(one, Condition.SINGLE_PHASING) for one in judged)
    steady = whole and not wrong_current
    loads = _loads(lines, figures, plate, rules, _own_share(judged, currents)) if steady else []
    doubts = [one for one in (*judged, *loads, wrong_current) if isinstance(one, str)]
    doubts += voltage_doubts(figures, plate.rated_voltage_v, plate.variable_frequency_drive, rules)
    odd_power = None if wrong_power else power_doubt(figures)
    doubts += [odd_power] if odd_power else []
    silent = [*lines.refusals, *meters.refusals, *([wrong_power] if wrong_power else [])]
    return SenseVerdict(
        sense=Sense.POWER,
        findings=tuple(one for one in (*judged, *loads) if isinstance(one, Finding)),
        doubts=tuple(doubts),
        inhibited=tuple(dict.fromkeys([*silent, *_wanting(lines, figures, motor)])),
        measured=list_measures(figures, meters, power_holds=wrong_power is None),
        judged=bool(currents or figures.voltages or (lines.amperes and plate.rated_current_a)),
    )


def _unbalances(
    currents: Unbalance | None,
    voltages: Unbalance | None,
    rated_a: float | None,
    rules: ElectricalLimits,
) -> list[Finding | str]:
    """Return what is uneven: findings, and texts of what only stands out."""
    if currents is None:
        uneven = None if voltages is None else uneven_supply(voltages, None, rules)
        return [one for one in (uneven,) if one is not None]
    opened = open_phase(currents, voltages, rules)
    if opened is not None:
        return [opened]
    drawn = Share.of(currents, rated_a, rules)
    found: list[Finding | str | None] = [earth_current(currents, rules)]
    if voltages is not None:
        found.append(unexplained_current(drawn, currents, voltages, rated_a, rules))
        found.append(uneven_supply(voltages, drawn, rules))
    if not any(isinstance(one, Finding) for one in found):
        found.append(uneven_currents(currents, drawn, voltages, rules))
    return [one for one in found if one is not None]


def _own_share(judged: list[Finding | str], currents: Unbalance | None) -> float:
    """Return I2/I1 where a fault of the motor's own may have made it, else none."""
    own = any(_is(one, condition) for one in judged for condition in OWN)
    return currents.ratio if own and currents is not None else 0.0


def _loads(
    lines: SupplyWaves,
    figures: SupplyFigures,
    plate: Nameplate,
    rules: ElectricalLimits,
    uneven: float,
) -> list[Finding | str]:
    rated_a = plate.rated_current_a
    if rated_a is None or not lines.amperes:
        return []
    # Where there is a line, what is constant is a sensor's offset; a motor for DC has no line.
    waves = lines.amperes if figures.line is None else [w - w.mean() for w in lines.amperes]
    # Behind a drive it may have magnets, and idle on next to nothing.
    idle = None if plate.variable_frequency_drive else too_little(waves, rated_a, rules)
    high = overload(waves, rated_a, rules, uneven=uneven)
    return [one for one in (high, idle) if one is not None]


def _wanting(lines: SupplyWaves, figures: SupplyFigures, motor: Motor) -> Iterator[str]:
    """Say what more would allow, where there is a current at all."""
    if not any(block.unit is not Unit.VOLT for block in lines.blocks):
        return
    if lines.currents is None:
        yield "unbalance needs two currents or more, labelled by phase and sampled together"
    elif figures.currents is None:
        yield "unbalance needs four cycles of a known line: record longer, state `line_hz`"
    elif figures.voltages is None:
        yield (
            "shorted turns cannot be told from an uneven supply without the voltages of all "
            "phases; power needs them too"
        )
    if motor.nameplate.rated_current_a is None and lines.amperes:
        yield "overload needs `rated_current_a` of the nameplate"
    elif not lines.amperes:
        yield "overload needs currents calibrated in amperes"


def _is(judged: Finding | str, condition: Condition) -> bool:
    return isinstance(judged, Finding) and judged.condition is condition
