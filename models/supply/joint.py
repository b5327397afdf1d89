"""A bad joint in one line, and what of an uneven current it can account for.

A resistance R between the voltage sensors and phase x of the winding takes ``R (I1 + I2)`` from the
voltage of that phase alone, of which a third is negative sequence. So on even voltages, told by the
current of phase x, ``I2/I1 = -k / (1 + k)`` with ``k = R Y2 / 3``: whatever R is, k has the angle
of the negative-sequence admittance Y2, which is inductive. A contact that opens and closes is, on
average, part of an open line instead: one current low, the other two alike, ``I2/I1`` negative.
Shorted turns draw a current of their own, which loads the winding like a resistance, or like its
leakage: I2 then stands elsewhere, but not always far enough to be told from a joint.
"""

import cmath
import math
from dataclasses import dataclass

from dsp.sequence import TURN
from models.supply.figures import Unbalance
from models.supply.limits import NegativeSequence
from models.supply.waves import together

PATTERN_RAD = 0.25
"""One current is low and two are alike where I2/I1 is this near to negative: they then differ by
under a quarter of what sets the third off."""


@dataclass(frozen=True, slots=True)
class OwnCurrent:
    """Negative-sequence current less what the supply's V2 draws, as far as both are known.

    Attributes
    ----------
    ratio : complex
        I2 over I1, told by phase a.
    error_rad : float
        How far its angle may be off.
    crossed : bool
        Whether the phases follow in the order a, c, b.
    """

    ratio: complex
    error_rad: float
    crossed: bool

    def by_phase(self) -> dict[str, complex]:
        """Return the ratio as each of the three phases tells it."""
        step = TURN if self.crossed else TURN.conjugate()
        return {phase: self.ratio * step**at for at, phase in enumerate("abc")}


def own_current(
    currents: Unbalance,
    voltages: Unbalance,
    rated_a: float | None,
    error: float,
    rules: NegativeSequence,
) -> OwnCurrent:
    """Take from I2 what V2 draws through a typical motor; the rest of the range is error.

    Parameters
    ----------
    currents, voltages : Unbalance
        Of the same window.
    rated_a : float or None
        Rated current, which scales the admittance; where it is unknown, or voltages and currents
        were not sampled together, V2 is an error only.
    error : float
        Of I2/I1, by unequal sensors.
    rules : NegativeSequence
        Admittances to be expected.
    """
    i1, i2 = currents.parts.positive, currents.parts.negative
    v1, v2 = voltages.parts.positive, voltages.parts.negative
    usual = rated_a is not None and together(voltages.phases, currents.phases)
    scale = 1 / rules.least_current if rated_a is None else rated_a / abs(i1)
    middle = (rules.least + rules.most) / 2
    angle = math.radians((rules.least_angle_deg + rules.most_angle_deg) / 2)
    drawn = cmath.rect(middle, -angle) * scale * (v2 / abs(v1)) * abs(i1) if usual else 0j
    wide = math.radians(rules.most_angle_deg - rules.least_angle_deg) / 2
    spread = math.hypot((rules.most - rules.least) / 2, middle * wide) if usual else rules.most
    supply = math.hypot(spread * voltages.ratio, rules.most * rules.voltage_error, rules.inherent)
    own = (i2 - drawn) / i1
    doubt = math.hypot(supply * scale, error) / max(abs(own), 1e-9)
    return OwnCurrent(own, math.asin(min(doubt, 1.0)), currents.parts.crossed)


def joint_phase(own: OwnCurrent, rules: NegativeSequence) -> str | None:
    """Return the phase in whose line a bad joint alone would draw such a current; None for none."""
    phases = own.by_phase()
    least, most = math.radians(rules.least_angle_deg), math.radians(rules.most_angle_deg)
    away = {phase: _outside(-cmath.phase(-z / (1 + z)), least, most) for phase, z in phases.items()}
    best = min(away, key=lambda phase: away[phase])
    return best if away[best] <= own.error_rad else low_phase(own)


def low_phase(own: OwnCurrent) -> str | None:
    """Return the one phase that carries less than two like ones; None where none is so."""
    phases = own.by_phase()
    low = min(phases, key=lambda phase: abs(cmath.phase(-phases[phase])))
    # No error is allowed for: a sixth of the circle more would leave no place to shorted turns.
    return low if abs(cmath.phase(-phases[low])) <= PATTERN_RAD else None


def _outside(angle: float, least: float, most: float) -> float:
    """Return how far an angle lies outside a range, in radians, round the circle."""
    off = (angle - (least + most) / 2 + math.pi) % (2 * math.pi) - math.pi
    return max(abs(off) - (most - least) / 2, 0.0)
