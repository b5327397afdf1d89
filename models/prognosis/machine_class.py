"""Which motors fail alike: the class within which field failures are counted."""

from collections.abc import Iterable

from models.prognosis.rules import HoursRule
from sensors.motor import Motor


def machine_class(motor: Motor, rule: HoursRule) -> str | None:
    """Return a motor's class by rated power, or None where the nameplate does not say it."""
    kw = motor.nameplate.rated_kw
    if kw is None:
        return None
    edges = (0.0, *rule.class_edges_kw)
    at = sum(kw > edge for edge in edges[1:])
    if at == len(edges) - 1:
        return f"over {edges[-1]:g} kW"
    return f"over {edges[at]:g} to {edges[at + 1]:g} kW"


def common_class(motors: Iterable[Motor], rule: HoursRule) -> str | None:
    """Return the class that all motors share; None where they do not, or one is unknown."""
    found = {machine_class(motor, rule) for motor in motors}
    return found.pop() if len(found) == 1 else None
