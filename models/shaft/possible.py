"""Whether a shaft can turn as fast as its lines say: an induction motor cannot outrun its field."""

from collections.abc import Sequence

from models.finding import Finding
from sensors.conditions import Condition


def possible(
    findings: Sequence[Finding], shaft_hz: float, fastest_hz: float
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return what may be believed, and what stands on an impossible speed as doubts.

    A declared speed that is wrong meets lines that are no orders of the shaft: a rotor's slip
    sidebands, or a neighbour's.

    Parameters
    ----------
    findings : sequence of Finding
        Named by the orders of a shaft; soft foot alone by the supply's line.
    shaft_hz : float
        Once a turn, as the orders were read.
    fastest_hz : float
        As `models.shaft_speed.fastest_hz`.
    """
    if shaft_hz <= fastest_hz:
        return tuple(findings), ()
    astray = [one.condition for one in findings if one.condition is not Condition.SOFT_FOOT]
    doubts = tuple(
        f"lines like those of {condition.value} stand at {60 * shaft_hz:.0f} rpm and its orders, "
        "faster than this motor turns on its line: check the speed"
        for condition in astray
    )
    return tuple(one for one in findings if one.condition not in astray), doubts
