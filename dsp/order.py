"""Which lines a motor can make, in orders of shaft speed, and how far each may wander."""

from dataclasses import dataclass
from functools import lru_cache

from sensors.conditions import Condition
from sensors.motor import Bearing

SLIP_BELOW = 0.02
"""Rolling elements slip, so lines stand up to 2 % below kinematics."""
SLIP_ABOVE = 0.005
"""Contact angle changes with load: lines stand up to 0.5 % above."""


@dataclass(frozen=True, slots=True)
class DefectLine:
    """One family of lines that a bearing defect makes.

    Attributes
    ----------
    name : str
        ``BPFO``, ``BPFI``, ``2 x BSF`` or ``FTF``.
    condition : Condition
        The defect it speaks for.
    order : float
        Its fundamental in orders of shaft speed.
    sideband_order : float or None
        Spacing of the sidebands that load zone or cage print on it: shaft for the inner race,
        cage for a rolling element, none for a standing outer race.
    bearing : str
        Whose line it is.
    """

    name: str
    condition: Condition
    order: float
    sideband_order: float | None
    bearing: str


@lru_cache(maxsize=1024)
def defect_lines(bearing: Bearing) -> tuple[DefectLine, ...]:
    """List the defect lines of one bearing, as far as its orders are known."""
    lines = []
    if bearing.bpfo is not None:
        outer = Condition.BEARING_OUTER_RACE
        lines.append(DefectLine("BPFO", outer, bearing.bpfo, None, bearing.name))
    if bearing.bpfi is not None:
        inner = Condition.BEARING_INNER_RACE
        lines.append(DefectLine("BPFI", inner, bearing.bpfi, 1.0, bearing.name))
    if bearing.bsf is not None:
        # A spot on the element strikes both races in one turn of the element.
        element = Condition.BEARING_ROLLING_ELEMENT
        lines.append(DefectLine("2 x BSF", element, 2 * bearing.bsf, bearing.ftf, bearing.name))
    if bearing.ftf is not None:
        cage = Condition.BEARING_CAGE
        lines.append(DefectLine("FTF", cage, bearing.ftf, None, bearing.name))
    return tuple(lines)
