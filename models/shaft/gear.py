"""The gear on the motor's shaft: its mesh, and sidebands that a worn wheel puts around it."""

from collections.abc import Sequence

from dsp.shaft_orders import AxisOrders
from models.shaft.directions import stands
from models.shaft.patterns import Pattern
from models.shaft.rules import ShaftRules
from sensors.conditions import Condition
from sensors.motor import Nameplate

MESHES = ("mesh", "2 x mesh", "3 x mesh")
SIDES = (-2, -1, 1, 2)


def gear_orders(nameplate: Nameplate) -> dict[str, float]:
    """Return the orders of mesh and sidebands by name; empty where no gear is named."""
    if nameplate.gear_teeth is None:
        return {}
    orders = {}
    for times, mesh in enumerate(MESHES, start=1):
        centre = float(times * nameplate.gear_teeth)
        orders[mesh] = centre
        orders |= {_side(mesh, side): centre + side for side in SIDES}
    return orders


def _side(mesh: str, side: int) -> str:
    return f"{mesh} {side:+d}x"


def worn_gear(axes: Sequence[AxisOrders], rules: ShaftRules) -> Pattern | None:
    """Find the channel whose mesh carries most sidebands, where it carries enough of them."""
    found = [pattern for axis in axes if (pattern := _worn(axis, rules))]
    return max(found, key=lambda pattern: (pattern.plain, pattern.rms), default=None)


def _worn(axis: AxisOrders, rules: ShaftRules) -> Pattern | None:
    rule = rules.gear_wear
    meshes = [mesh for mesh in MESHES if stands(axis, mesh, rules.lines)]
    if not meshes:
        return None
    highest = max(meshes, key=axis.rms)
    least = rule.sideband_share * axis.rms(highest)
    sides = [
        name
        for mesh in meshes
        for side in SIDES
        if stands(axis, name := _side(mesh, side), rules.lines) and axis.rms(name) >= least
    ]
    if len(sides) < rule.least_sidebands:
        return None
    return Pattern(
        condition=Condition.GEAR_WEAR,
        axis=axis,
        lines=tuple(sides),
        text=f"{len(sides)} sidebands one order apart around the mesh, above "
        f"{rule.sideband_share:.0%} of {highest} at {axis.lines[highest].found_hz:.1f} Hz: "
        f"{', '.join(sides)}",
        plain=len(sides) >= 2 * rule.least_sidebands,
    )
