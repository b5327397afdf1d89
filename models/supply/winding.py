"""Current that the supply does not account for: shorted turns, a bad joint, or either.

Which of the two follows from where the negative-sequence current stands (`models.supply.joint`);
where both would put it there, it is called uneven, with both as alternatives.
"""

import numpy as np

from models.finding import Confidence, Finding, Severity
from models.supply.figures import Unbalance
from models.supply.joint import OwnCurrent, joint_phase, low_phase, own_current
from models.supply.limits import ElectricalLimits
from models.supply.rules import Share, explained
from models.supply.short import may_be_a_short
from models.supply.words import (
    NEARLY_OPEN,
    SHORT_OR_JOINT,
    amounts,
    fact,
    joint_or_short,
)
from sensors.conditions import Condition


def unexplained_current(
    drawn: Share,
    currents: Unbalance,
    voltages: Unbalance,
    rated_a: float | None,
    rules: ElectricalLimits,
) -> Finding | None:
    """Name what draws more I2 than V2, sensors and a sound winding can explain.

    Without rated current, I2/I1 is taken at the least current that a running motor draws.

    Returns
    -------
    Finding or None
        ``stator_inter_turn`` where no bad joint would do the same, ``single_phasing`` where a line
        is nearly open and no short lowers it so, else ``current_unbalance``; None where nothing is
        left to explain.
    """
    sequence = rules.negative_sequence
    scale = 1.0 if drawn.of_rated is not None else sequence.least_current
    share = scale * drawn.judged
    most = explained(voltages, rules) + scale * drawn.error
    if share <= most:
        return None
    by_voltage = sequence.most * voltages.ratio
    text = (
        f"{drawn.words}; the supply's V2/V1 = {voltages.ratio:.2%} explains {by_voltage:.1%} of "
        f"rated at most, and with unequal sensors and a sound winding's own {most:.1%}"
    )
    if drawn.of_rated is None:
        text += f" (rated current unknown: taken as {1 / scale:.0f} times the present one)"
    error = drawn.error / drawn.judged * drawn.ratio
    own = own_current(
        currents, voltages, rated_a if drawn.of_rated is not None else None, error, sequence
    )
    short = may_be_a_short(own, currents, voltages)
    condition, confidence, others = _cause(own, currents, share > 1.5 * most, short, rules)
    return Finding(
        condition=condition,
        confidence=confidence,
        severity=Severity(
            value=100 * (share - by_voltage), unit="% of rated current", zone="not applicable"
        ),
        evidence=(fact(text), fact(f"the currents are {amounts(currents)}")),
        alternatives=others,
    )


def _cause(
    own: OwnCurrent, currents: Unbalance, clear: bool, short: bool, rules: ElectricalLimits
) -> tuple[Condition, Confidence, tuple[str, ...]]:
    low, joint = low_phase(own), joint_phase(own, rules.negative_sequence)
    levels = dict(zip("abc", np.abs(currents.phasors), strict=True))
    if (
        not short
        and low is not None
        and levels[low]
        < rules.single_phasing.weak * min(level for phase, level in levels.items() if phase != low)
    ):
        return Condition.SINGLE_PHASING, "low", (f"phase {low} is low: {NEARLY_OPEN}",)
    sure: Confidence = "medium" if clear else "low"
    if joint is not None:
        return Condition.CURRENT_UNBALANCE, sure, joint_or_short(joint)
    return Condition.STATOR_INTER_TURN, sure, SHORT_OR_JOINT
