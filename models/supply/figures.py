"""What is measured of a supply before anything is judged: frequency, sequences, power."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.sequence import Phasors, Sequences, fundamentals, line_to_line, nema_unbalance, sequences
from dsp.supply_frequency import SupplyFrequency, supply_frequency
from dsp.three_phase import ThreePhasePower, measure_three_phase
from models.supply.waves import Phases, SupplyWaves, tail, together
from sensors.capture import SampleBlock, Unit
from sensors.errors import BadRate, BadSamples, SignalError, WindowTooShort
from sensors.motor import Nameplate


@dataclass(frozen=True, slots=True)
class Unbalance:
    """Fundamentals of three phases and what is uneven in them.

    Attributes
    ----------
    phases : Phases
        What they were measured on.
    phasors : complex128 array, shape (3,)
        RMS, phases a, b, c.
    parts : Sequences
        Their symmetrical components.
    nema : float
        NEMA's unbalance, of the currents or of the line-to-line voltages.
    """

    phases: Phases
    phasors: Phasors
    parts: Sequences
    nema: float

    @property
    def ratio(self) -> float:
        """Negative over positive sequence."""
        return self.parts.unbalance


@dataclass(frozen=True, slots=True)
class SupplyFigures:
    """Everything that could be measured of a supply.

    Attributes
    ----------
    line : SupplyFrequency or None
        Measured; None where the window is too short or shows no line.
    line_hz : float or None
        Measured; the nameplate's where the window is too short for that; None where the window is
        long enough and shows no such line.
    currents, voltages : Unbalance or None
        Where three phases are known, over four cycles or more.
    power : ThreePhasePower or None
        Where both are calibrated and were sampled together.
    """

    line: SupplyFrequency | None
    line_hz: float | None
    currents: Unbalance | None
    voltages: Unbalance | None
    power: ThreePhasePower | None


def measure_supply(lines: SupplyWaves, meters: SupplyWaves, nameplate: Nameplate) -> SupplyFigures:
    """Measure what the channels allow.

    Parameters
    ----------
    lines, meters : SupplyWaves
        What may be used for lines and their ratios, and for power.
    nameplate : Nameplate
        Its line frequency says where to look, unless a drive feeds the motor.
    """
    nominal_hz = None if nameplate.variable_frequency_drive else nameplate.line_hz
    # Currents that the audit refuses for their frequency may not carry the nameplate's line.
    line, missing = _line(lines.blocks or meters.blocks, nominal_hz)
    line_hz = None if missing else nominal_hz if line is None else line.hz
    return SupplyFigures(
        line=line,
        line_hz=line_hz,
        currents=_unbalance(lines.currents, line_hz),
        voltages=_unbalance(lines.voltages, line_hz),
        power=_power(meters, line_hz),
    )


def _line(
    blocks: Sequence[SampleBlock], nominal_hz: float | None
) -> tuple[SupplyFrequency | None, bool]:
    """Measure the line on a voltage, else on the strongest current; say if it should be there."""
    missing = False
    ranked = sorted(
        blocks,
        key=lambda block: (block.unit is Unit.VOLT, float(np.std(block.values))),
        reverse=True,
    )
    for block in ranked:
        try:
            line = supply_frequency(tail(block), rate_hz=block.rate_hz, nominal_hz=nominal_hz)
        except BadSamples:
            missing = True
        except (BadRate, WindowTooShort):
            continue
        else:
            return line, False
    return None, missing


def _unbalance(phases: Phases | None, line_hz: float | None) -> Unbalance | None:
    if phases is None or line_hz is None:
        return None
    try:
        phasors = fundamentals(phases.waves, rate_hz=phases.rate_hz, line_hz=line_hz)
    except SignalError:
        return None
    uneven = phasors if phases.is_current else line_to_line(phasors)
    return Unbalance(phases, phasors, sequences(phasors), nema_unbalance(np.abs(uneven)))


def _power(meters: SupplyWaves, line_hz: float | None) -> ThreePhasePower | None:
    volts, currents = meters.voltages, meters.currents
    if volts is None or currents is None or line_hz is None:
        return None
    if not (currents.calibrated and together(volts, currents)):
        return None
    return measure_three_phase(volts.waves, currents.waves, rate_hz=volts.rate_hz, line_hz=line_hz)
