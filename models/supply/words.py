"""What is said of a supply: evidence lines, alternatives and amounts, in an engineer's words."""

import math

import numpy as np

from models.finding import Evidence
from models.supply.figures import Unbalance
from sensors.capture import Sense

DO_NOT_RUN = "NEMA: do not run"
"""Zone of a voltage unbalance at which no motor should run."""
SUPPLY_OR_WINDING = (
    "supply_unbalance: a per cent of negative-sequence voltage draws 4 to 10 % of current; measure "
    "the voltages to tell",
    "stator_inter_turn: shorted turns in one phase of the winding",
    "a loose or burnt joint, contact or fuse in one line",
    "current sensors of unequal gain",
)
SHORT_OR_JOINT = (
    "a joint of changing resistance between voltage sensors and winding: a steady one would put "
    "the current elsewhere",
    "a winding uneven from rewinding, or an uneven air gap",
    "current sensors of unequal gain",
)
POOR_SUPPLY = (
    "single-phase loads on the same feeder, a loose joint or a blown capacitor fuse upstream",
    "voltage sensors of unequal gain",
)
OPEN_LINE = (
    "a blown fuse, an open contact or a broken conductor: which one is not told by the currents",
)
ONE_CONDUCTOR = (
    "both sensors on one conductor, one of them reversed, or on the two wires of one load: the "
    "third current was worked out, not measured",
)
NEARLY_OPEN = (
    "a contact that opens and closes, or a burnt joint, lowers one line so far; a short raises one"
)
HARD_WORK = (
    "low line voltage, which raises current at the same shaft power",
    "a nameplate current of another connection (star or delta)",
    "a short peak of load: the window does not tell how long it lasts",
)


def joint_or_short(phase: str) -> tuple[str, ...]:
    """Return what a current leaves open that a bad joint in one line would draw as well."""
    return (
        f"a loose or burnt joint, contact or fuse in line {phase}, between the voltage sensors and "
        "the winding: look for heat and for voltage across it",
        "stator_inter_turn: shorted turns, whose current may stand at the same angle",
        "a winding uneven from rewinding, or an uneven air gap",
        "current sensors of unequal gain",
    )


def fact(text: str) -> Evidence:
    """Return one observed fact of the electrical sense."""
    return Evidence(text=text, sense=Sense.POWER)


def amounts(uneven: Unbalance) -> str:
    """Return the three magnitudes, in their unit, or as ratios where it is unknown."""
    levels = np.abs(uneven.phasors)
    if not uneven.phases.calibrated:
        levels = levels / levels.max()
        return " : ".join(f"{level:.2f}" for level in levels) + " (phases a, b, c)"
    unit = "A" if uneven.phases.is_current else "V"
    digits = max(2 - math.floor(math.log10(levels.max())), 0)
    return ", ".join(f"{level:.{digits}f}" for level in levels) + f" {unit} (phases a, b, c)"


def share_words(ratio: float, share: float | None) -> str:
    """Return negative-sequence current over positive, and over rated current where it is known."""
    text = f"I2/I1 = {ratio:.1%}"
    return text if share is None else f"{text}, I2 = {share:.1%} of rated current"
