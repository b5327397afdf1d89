"""Whether the motor draws more than its nameplate allows, through the whole window."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.finding import Finding, Severity
from models.supply.figures import SupplyFigures
from models.supply.limits import ElectricalLimits
from models.supply.words import HARD_WORK, fact
from sensors.conditions import Condition

PIECES = 4
"""A window is held against the limits quarter by quarter: a start or a peak is no overload."""


def quarter_rms(waves: Sequence[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Return the true RMS of all phases together in each quarter of a window, shape (4,)."""
    squares = [[np.mean(part**2) for part in np.array_split(wave, PIECES)] for wave in waves]
    rms: npt.NDArray[np.float64] = np.sqrt(np.mean(squares, axis=0))
    return rms


def overload(
    waves: Sequence[npt.NDArray[np.float64]],
    rated_a: float,
    rules: ElectricalLimits,
    *,
    uneven: float = 0.0,
) -> Finding | str | None:
    """Name overload; a text where current only stands out, None where it does neither.

    What a fault across one phase draws is as much positive as negative sequence. So of a current
    that is uneven by the motor's own fault, the load may draw as little as ``I1 - I2``.

    Parameters
    ----------
    waves : arrays, shape (n,) each
        Line currents in amperes.
    rated_a : float
        Rated line current, RMS.
    rules : ElectricalLimits
    uneven : float
        I2/I1 that a fault of the motor's own may have made; none if the supply explains it.
    """
    quarters = quarter_rms(waves) / rated_a
    least, limits = float(quarters.min()), rules.overload
    if least <= limits.watch:
        return None
    mean_a = rated_a * float(np.sqrt(np.mean(quarters**2)))
    text = (
        f"{mean_a:.3g} A RMS is {mean_a / rated_a:.0%} of the rated {rated_a:g} A, never under "
        f"{least:.0%} in any quarter of the window"
    )
    if least > limits.starting:
        return f"{text}: the motor starts, or is stalled"
    if least <= limits.limit:
        return f"{text}; an overload relay may hold up to {limits.limit:.0%}"
    by_load = least * max(1 - uneven, 0.0) / float(np.hypot(1.0, uneven))
    if by_load <= limits.limit:
        return (
            f"{text}; but of so uneven a current the load may draw no more than {by_load:.0%} of "
            "rated, the fault the rest"
        )
    return Finding(
        condition=Condition.OVERLOAD,
        confidence="medium",
        severity=Severity(value=100 * least, unit="% of rated current", zone="not applicable"),
        evidence=(fact(text), fact(f"an overload relay must trip from {limits.limit:.0%} on")),
        alternatives=HARD_WORK,
    )


def too_little(
    waves: Sequence[npt.NDArray[np.float64]], rated_a: float, rules: ElectricalLimits
) -> str | None:
    """Doubt a current that does not even magnetise the motor; None where it does.

    Parameters are those of `overload`.
    """
    share = float(np.sqrt(np.mean(quarter_rms(waves) ** 2))) / rated_a
    if share >= rules.overload.running:
        return None
    return (
        f"{rated_a * share:.3g} A RMS is {share:.1%} of the rated {rated_a:g} A, less than an "
        "induction motor draws at no load: the scale or the rated current is wrong, or it does "
        "not run"
    )


def voltage_doubts(
    figures: SupplyFigures, rated_v: float | None, drive: bool, rules: ElectricalLimits
) -> list[str]:
    """Return what stands out of the voltages' height and shape."""
    doubts: list[str] = []
    voltages, limits = figures.voltages, rules.voltage
    if voltages is not None and voltages.phases.calibrated and rated_v is not None and not drive:
        level = float(np.sqrt(3) * abs(voltages.parts.positive) / rated_v)
        if abs(level - 1) > limits.tolerance:
            doubts.append(
                f"{level * rated_v:.0f} V line to line is {level:.0%} of the rated {rated_v:g} V; "
                f"motors are built for {limits.tolerance:.0%} either way"
            )
    if figures.power is not None and not drive:
        distortion = max(figures.power.voltage_thd)
        if distortion > limits.distortion:
            doubts.append(
                f"voltage distortion of {distortion:.1%} is above the {limits.distortion:.0%} that "
                "public supplies keep: it heats the rotor"
            )
    return doubts
