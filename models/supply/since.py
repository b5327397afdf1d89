"""Whether a motor's uneven current is as it was in health: then it is its own, and no new fault.

Windings, air gaps and clamps are uneven by a few per cent from the first day. What a capture of the
motor in health already shows is no finding; what has been added to it is.
"""

from collections.abc import Sequence

from dsp.audit import audit
from models.finding import Finding
from models.supply.figures import SupplyFigures, Unbalance, measure_supply
from models.supply.limits import ElectricalLimits
from models.supply.waves import gather, together
from sensors.capture import Capture, Sense
from sensors.conditions import Condition
from sensors.motor import Motor

OWN = (Condition.STATOR_INTER_TURN, Condition.CURRENT_UNBALANCE)
"""What a motor may look like from the first day."""


def figures_in_health(capture: Capture, motor: Motor) -> SupplyFigures | None:
    """Measure currents and voltages of a capture in health; None where it has no currents."""
    blocks = tuple(capture.of(Sense.POWER))
    if not blocks:
        return None
    electrical = Capture(capture.motor_id, capture.t0_ns, capture.t1_ns, blocks)
    notes = audit(electrical, motor)
    lines, meters = gather(electrical, notes, "current"), gather(electrical, notes, "power")
    return measure_supply(lines, meters, motor.nameplate)


def without_own(
    found: Sequence[Finding | str],
    now: SupplyFigures,
    health: SupplyFigures,
    rated_a: float | None,
    rules: ElectricalLimits,
) -> list[Finding | str]:
    """Return what was found, with what is as in health turned into texts that say so.

    ``|I2 - I2'|``, both over rated current and told by the supply's own phase where both captures
    have voltages, else by I1, is held against the limit from which uneven currents are watched.
    """
    change = _change(now, health, rated_a)
    limit = rules.current_unbalance.watch
    if change is None or change > limit:
        return list(found)
    said = (
        f"as in health: I2 has changed by {change:.1%} of {'rated current' if rated_a else 'I1'} "
        f"since then, under the {limit:.0%} that are watched"
    )
    return [
        f"{one.evidence[0].text}; {said}"
        if isinstance(one, Finding) and one.condition in OWN
        else one
        for one in found
    ]


def _change(now: SupplyFigures, health: SupplyFigures, rated_a: float | None) -> float | None:
    one, other = now.currents, health.currents
    if one is None or other is None or one.phases.names != other.phases.names:
        return None
    if one.parts.crossed != other.parts.crossed or not one.parts.positive * other.parts.positive:
        return None
    by_voltage = _has_phase(now) and _has_phase(health)
    shares = [_share(figures, by_voltage, rated_a) for figures in (now, health)]
    return abs(shares[0] - shares[1])


def _has_phase(figures: SupplyFigures) -> bool:
    volts, currents = figures.voltages, figures.currents
    return volts is not None and currents is not None and together(volts.phases, currents.phases)


def _share(figures: SupplyFigures, by_voltage: bool, rated_a: float | None) -> complex:
    """Return I2 over rated current, or over I1, with the angle of V1 or I1 taken off."""
    currents = figures.currents
    assert currents is not None
    turn = _turn(figures.voltages if by_voltage else currents)
    scale = rated_a if rated_a and currents.phases.calibrated else abs(currents.parts.positive)
    return currents.parts.negative * turn / scale


def _turn(of: Unbalance | None) -> complex:
    assert of is not None
    return (of.parts.positive / abs(of.parts.positive)).conjugate()
