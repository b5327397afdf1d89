"""Which fault the figures of a supply amount to: open phase, uneven supply, winding, or neither.

Negative-sequence current has two parents. The supply's own V2 draws it through the motor's low
negative-sequence impedance, and a shorted winding makes it by itself. Only with the voltages at
hand can what is left of I2 be laid to the winding; without them both causes are named.
"""

from dataclasses import dataclass

import numpy as np

from models.finding import Confidence, Finding, Severity
from models.supply.figures import Unbalance
from models.supply.limits import ElectricalLimits, VoltageUnbalance
from models.supply.words import (
    DO_NOT_RUN,
    ONE_CONDUCTOR,
    OPEN_LINE,
    POOR_SUPPLY,
    SUPPLY_OR_WINDING,
    amounts,
    fact,
    share_words,
)
from sensors.conditions import Condition


@dataclass(frozen=True, slots=True)
class Share:
    """Negative-sequence current on the motor's own scale.

    Attributes
    ----------
    of_rated : float or None
        I2 over rated current; None where that is unknown, or the motor starts.
    ratio : float
        I2 over I1.
    error : float
        What unequal sensors may make of `judged`, either way.
    """

    of_rated: float | None
    ratio: float
    error: float

    @classmethod
    def of(cls, currents: Unbalance, rated_a: float | None, rules: ElectricalLimits) -> "Share":
        """Put measured currents on that scale.

        Three currents without a neutral sum to zero: what they do not is the sensors' error, as
        large in the negative as in the zero sequence. In a start or a stall the ratio itself is
        judged: both sequences then meet one impedance, and I2 grows with I1 over any share of
        rated current.
        """
        measured = 0.0 if currents.phases.derived is not None else currents.parts.residue
        error = max(rules.negative_sequence.current_error, measured)
        if rated_a is None or not currents.phases.calibrated:
            return cls(None, currents.ratio, error)
        scale = abs(currents.parts.positive) / rated_a
        if scale > rules.overload.starting:
            return cls(None, currents.ratio, error)
        return cls(currents.ratio * scale, currents.ratio, error * scale)

    @property
    def judged(self) -> float:
        """What is held against the limits."""
        return self.ratio if self.of_rated is None else self.of_rated

    @property
    def words(self) -> str:
        """The same for a reader."""
        return share_words(self.ratio, self.of_rated)


def earth_current(currents: Unbalance, rules: ElectricalLimits) -> str | None:
    """Say that three currents leave a rest, where they do."""
    if currents.phases.derived is not None or currents.parts.residue < rules.earth_current.limit:
        return None
    return (
        f"the three currents leave {currents.parts.residue:.0%} of I1 over: earth current, a "
        "neutral wire, or sensors of unequal gain"
    )


def open_phase(
    currents: Unbalance, voltages: Unbalance | None, rules: ElectricalLimits
) -> Finding | None:
    """Name single phasing, where both sequences are alike."""
    limits, levels = rules.single_phasing, np.abs(currents.phasors)
    if currents.ratio < limits.unbalance:
        return None
    low, middle, high = np.sort(levels)
    weakest, strongest = "abc"[int(levels.argmin())], "abc"[int(levels.argmax())]
    derived = currents.phases.derived is not None
    if low < limits.dead * high:
        where = f"phase {weakest} carries nothing and the other two one current back and forth"
        confidence: Confidence = "medium" if derived else "high"
    elif 2 * low > high * (1 - limits.pattern) and 2 * middle < high * (1 + limits.pattern):
        where = (
            f"phase {strongest} carries what returns through the other two, as with a line open "
            "ahead of a delta-star transformer"
        )
        confidence = "medium"
    else:
        return None
    evidence = [fact(f"{where}: {amounts(currents)}, I2/I1 = {currents.ratio:.2f}")]
    if voltages is not None:
        even = voltages.ratio < rules.voltage_unbalance.limit
        side = "even, so the break lies behind their sensors" if even else "uneven too"
        evidence.append(fact(f"voltages are {side}: V2/V1 = {voltages.ratio:.1%}"))
    return Finding(
        condition=Condition.SINGLE_PHASING,
        confidence=confidence,
        severity=Severity(value=100 * currents.ratio, unit="% I2/I1", zone="not applicable"),
        evidence=tuple(evidence),
        alternatives=(*OPEN_LINE, *(ONE_CONDUCTOR if derived else ())),
    )


def uneven_supply(
    voltages: Unbalance, drawn: Share | None, rules: ElectricalLimits
) -> Finding | str | None:
    """Name an uneven supply; a text where it only stands out, None where it does neither."""
    limits, v2 = rules.voltage_unbalance, voltages.ratio
    percent = 100 * voltages.nema
    stop = percent > limits.stop_percent
    text = f"V2/V1 = {v2:.2%}, NEMA {percent:.2f} % line to line: {_nema_says(percent, limits)}"
    heavy = drawn is not None and drawn.judged >= rules.current_unbalance.limit
    explains = drawn is not None and drawn.judged <= explained(voltages, rules)
    if v2 < limits.watch:
        return None
    if v2 < limits.limit and not (heavy and explains):
        return f"{text}; V2/V1 is watched above {limits.watch:.0%}, named above {limits.limit:.0%}"
    evidence = [fact(text)]
    if drawn is not None and explains:
        least, most = rules.negative_sequence.least * v2, rules.negative_sequence.most * v2
        evidence.append(
            fact(f"{drawn.words}: this voltage by itself draws {least:.0%} to {most:.0%} of rated")
        )
    sure = v2 - rules.negative_sequence.voltage_error >= limits.limit
    return Finding(
        condition=Condition.SUPPLY_UNBALANCE,
        confidence="high" if sure else "medium",
        severity=Severity(
            value=percent, unit="% NEMA", zone=DO_NOT_RUN if stop else "NEMA: derate"
        ),
        evidence=tuple(evidence),
        alternatives=POOR_SUPPLY,
    )


def _nema_says(percent: float, limits: VoltageUnbalance) -> str:
    if percent > limits.stop_percent:
        return f"NEMA MG-1 advises against running any motor above {limits.stop_percent:g} %"
    return f"NEMA MG-1 leaves {limits.derating(percent):.0%} of rated power"


def explained(voltages: Unbalance, rules: ElectricalLimits) -> float:
    """Return the most I2, over rated current, that the supply and a sound motor can account for."""
    sequence = rules.negative_sequence
    return sequence.most * (voltages.ratio + sequence.voltage_error) + sequence.inherent


def uneven_currents(
    currents: Unbalance, drawn: Share, voltages: Unbalance | None, rules: ElectricalLimits
) -> Finding | str | None:
    """Name uneven currents without their cause; a text where they only stand out."""
    limits = rules.current_unbalance
    if drawn.judged < limits.watch:
        return None
    text = f"{drawn.words}: {amounts(currents)}"
    if voltages is not None:
        text += f"; V2/V1 = {voltages.ratio:.2%} may explain up to {explained(voltages, rules):.1%}"
    if drawn.judged < limits.limit:
        scale = "I1" if drawn.of_rated is None else "rated current"
        return (
            f"{text}; watched above {limits.watch:.0%} of {scale}, named above {limits.limit:.0%}"
        )
    evidence = [fact(text)]
    if currents.phases.derived is None:
        evidence.append(
            fact(f"the currents sum to {currents.parts.residue:.1%} of I1: sensors are that equal")
        )
    sure = drawn.judged - drawn.error >= limits.limit
    return Finding(
        condition=Condition.CURRENT_UNBALANCE,
        confidence="high" if sure else "medium",
        severity=Severity(
            value=100 * drawn.judged,
            unit="% I2/I1" if drawn.of_rated is None else "% of rated current",
            zone="not applicable",
        ),
        evidence=tuple(evidence),
        alternatives=SUPPLY_OR_WINDING,
    )
