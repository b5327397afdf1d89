"""The current that rotor faults are read from: three phases as one vector, or one phase."""

from dataclasses import dataclass

import numpy as np

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.line_frame import Samples, space_vector
from dsp.spectrum import RealArray
from sensors.capture import Capture, SampleBlock, Sense, Unit

LONGEST_S = 60.0
"""Of longer captures the last part is read: slip drifts with the load."""
PHASES = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class RotorCurrent:
    """A motor's current, ready to be turned back by its line.

    Attributes
    ----------
    values : float or complex array, shape (n,)
        One phase, or the space vector of three.
    reference : float array, shape (n,)
        One phase of them.
    rate_hz : float
        Sampling rate.
    name : str
        Channel, or channels, that it comes from.
    rms_a : float or None
        RMS current of the reference, where it is calibrated.
    """

    values: Samples
    reference: RealArray
    rate_hz: float
    name: str
    rms_a: float | None

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.values.size / self.rate_hz


def rotor_current(capture: Capture, notes: tuple[AuditNote, ...]) -> RotorCurrent | str:
    """Return the current of a capture, or why none can be used.

    Three phases sampled together are joined; otherwise the first that the audit lets pass for
    slip, which is the most exacting of what is read from it.
    """
    blocks = [b for b in capture.of(Sense.POWER) if b.unit is not Unit.VOLT and b.values.size]
    if not blocks:
        return "no current channel: the rotor cannot be judged"
    reasons = [_unfit(block, notes) for block in blocks]
    fit = [block for block, reason in zip(blocks, reasons, strict=True) if reason is None]
    if not fit:
        return next(reason for reason in reasons if reason is not None)
    phases = {block.channel.phase: block for block in fit}
    three = [phases[phase] for phase in PHASES if phase in phases]
    if len(three) == len(PHASES) and len(fit) == len(PHASES) and _together(three):
        a, b, c = (_tail(block) for block in three)
        name = ", ".join(block.channel.name for block in three)
        # An open phase tells no line.
        strongest = max((a, b, c), key=lambda values: float(np.std(values)))
        return _current(three[0], space_vector(a, b, c), strongest, name)
    values = _tail(fit[0])
    return _current(fit[0], values, values, fit[0].channel.name)


def _unfit(block: SampleBlock, notes: tuple[AuditNote, ...]) -> str | None:
    name = block.channel.name
    return refused(notes, "slip", channel=name) or refused(notes, "current", channel=name)


def _together(blocks: list[SampleBlock]) -> bool:
    return len({(block.rate_hz, block.values.size, block.t0_ns) for block in blocks}) == 1


def _tail(block: SampleBlock) -> RealArray:
    return block.values[-round(LONGEST_S * block.rate_hz) :].astype(np.float64)


def _current(block: SampleBlock, values: Samples, reference: RealArray, name: str) -> RotorCurrent:
    rms = float(np.std(reference)) if block.unit is Unit.AMPERE else None
    return RotorCurrent(values, reference, block.rate_hz, name, rms)
