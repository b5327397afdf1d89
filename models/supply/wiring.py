"""Whether sensors of a supply are wired as they are labelled: what a reversed clamp looks like.

Three currents give a reversed clamp away by their sum, which the audit sees. Two do not: their
third is made to fit. There, and between voltages and currents, phase angles tell.
"""

import cmath
import math

import numpy as np

from models.supply.figures import SupplyFigures, Unbalance

LEAST_ANGLE = math.pi / 2
"""Between two phases: 120 degrees in a sound supply, 180 with the third one open, 60 where one of
two sensors is reversed."""
UNEVEN = 0.3
"""With more I2/I1 than this a phase may really return power, and angles say nothing of wiring."""
BACKWARDS = 0.1
"""Share of apparent power: an idle motor's phases may each return a little."""
LABEL_REACH = 0.15
"""Relative room, around a factor of sqrt(3), to call a voltage's label wrong."""


def current_fault(currents: Unbalance, dead: float) -> str | None:
    """Say what keeps two measured currents from telling the third; None where nothing does.

    Parameters
    ----------
    currents : Unbalance
        Three phases of currents.
    dead : float
        A phase under this share of the largest reads nothing.
    """
    derived = currents.phases.derived
    if derived is None:
        return None
    first, second = (complex(z) for k, z in enumerate(currents.phasors) if k != derived)
    names = currents.phases.names
    weak = min(abs(first), abs(second))
    if weak < dead * max(abs(first), abs(second)):
        silent = names[0 if abs(first) == weak else 1]
        return (
            f"{silent} reads nothing: with two sensors an open phase cannot be told from a dead "
            "sensor; measure the third current"
        )
    if abs(cmath.phase(second / first)) < LEAST_ANGLE:
        return (
            f"{names[0]} and {names[1]} stand {abs(math.degrees(cmath.phase(second / first))):.0f} "
            "degrees apart instead of 120: one of the two sensors is reversed; turn it round or "
            "negate its scale"
        )
    return None


def power_fault(figures: SupplyFigures, rated_voltage_v: float | None) -> str | None:
    """Say what is wrong between voltages and currents, so that power is; None where nothing is."""
    power, volts, currents = figures.power, figures.voltages, figures.currents
    if power is None or volts is None or currents is None:
        return None
    mislabelled = _label_fault(volts, rated_voltage_v)
    if mislabelled is not None:
        return mislabelled
    if currents.ratio > UNEVEN:
        return None
    if volts.parts.crossed != currents.parts.crossed:
        return (
            "voltages and currents follow in opposite order: two leads of one of them are swapped"
        )
    most_w = BACKWARDS * power.effective_va / 3
    backwards = [name for name, w in zip("abc", power.phase_active_w, strict=True) if w < -most_w]
    if len(backwards) in (1, 2):
        return (
            f"phase {' and '.join(backwards)} returns power while the rest takes it: a current "
            "sensor is reversed, or sits on another phase than its voltage"
        )
    return None


def power_doubt(figures: SupplyFigures) -> str | None:
    """Say what is odd of a power that may yet be right."""
    power = figures.power
    if power is None:
        return None
    if power.active_w < -BACKWARDS * power.effective_va:
        return (
            f"active power is {power.active_w / 1e3:.3g} kW: the load drives the motor, or all "
            "current sensors are reversed"
        )
    if power.reactive_var < -BACKWARDS * power.effective_va:
        return (
            "the current leads the voltage, which an induction motor's cannot: capacitors behind "
            "the sensors, or currents paired with the wrong voltages"
        )
    return None


def _label_fault(volts: Unbalance, rated_voltage_v: float | None) -> str | None:
    """Say where phase voltages are taken for line-to-line ones, or the other way round."""
    if rated_voltage_v is None:
        return None
    level = float(np.sqrt(3) * abs(volts.parts.positive) / rated_voltage_v)
    for factor, what in ((math.sqrt(3), "ab, bc, ca"), (1 / math.sqrt(3), "a, b, c")):
        wrongly = (factor > 1) != volts.phases.between
        if wrongly and abs(level / factor - 1) < LABEL_REACH:
            return (
                f"voltages come out {level:.2f} times the rated {rated_voltage_v:g} V: label their "
                f"phases {what} if they are measured so"
            )
    return None
