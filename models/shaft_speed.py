"""At what speed the shaft turned: declared, refined from vibration, or estimated."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dsp.audit import refused
from dsp.audit.needs import BEARING_TURNS
from dsp.audit_note import AuditNote
from dsp.bank import LevelBank, amplitude_bank, envelope_bank
from dsp.features.extract import shaft_frequency
from dsp.shaft_speed import confirm_speed
from dsp.spectrum import BlockSpectrum
from dsp.speed import REFINE_RANGE, SHAFT_HARMONICS, estimate_speed, refine_speed
from models.window import tail_spectra
from sensors.capture import Capture, Sense
from sensors.errors import WindowTooShort
from sensors.motor import MAX_SPEED_RPM, Motor, Nameplate

DECLARED_TOLERANCE = 0.01
"""Relative uncertainty of a declared speed that the signal neither confirms nor denies."""
UNKNOWN_SPEED_HZ = (5.0, 62.0)
"""300 to 3700 rpm: where an induction motor on the mains can turn, by a margin."""
SLIP_RANGE = (0.0, 0.08)
"""Slip between no load and beyond rated load."""
GRID = 0.01
"""A public grid strays no further from its frequency than this, relative."""
SPEED_TOP_ORDER = SHAFT_HARMONICS * 1.2


@dataclass(frozen=True, slots=True)
class ShaftSpeed:
    """A shaft frequency with its source.

    Attributes
    ----------
    hz : float
        Shaft frequency.
    tolerance : float
        Relative uncertainty.
    source : str
        ``refined`` (declared and confirmed by the signal), ``declared`` or ``estimated``.
    """

    hz: float
    tolerance: float
    source: Literal["refined", "declared", "estimated"]

    @property
    def text(self) -> str:
        """The speed as an engineer would say it."""
        return f"{self.hz * 60:.1f} rpm {self.source}, within {self.tolerance:.1%}"


def find_speed(
    blocks: Sequence[tuple[str, BlockSpectrum]], motor: Motor, declared_hz: float | None
) -> ShaftSpeed | None:
    """Refine the declared speed, or estimate an unknown one; None where neither is possible."""
    if declared_hz is not None:
        raw, envelopes = _banks(blocks, declared_hz, declared_hz * SPEED_TOP_ORDER)
        most_hz = fastest_hz(motor.nameplate, declared_hz)
        refined = refine_speed(raw, envelopes, declared_hz, most_hz, motor.nameplate.line_hz)
        if refined is None:
            return _by_own_lines(blocks, motor, declared_hz, most_hz)
        return ShaftSpeed(refined.shaft_hz, refined.tolerance, "refined")
    lo, hi = speed_range(motor)
    banks = _banks(blocks, (lo * hi) ** 0.5, hi * SPEED_TOP_ORDER)
    estimate = estimate_speed(*banks, lo, hi, motor.nameplate.line_hz)
    return (
        None if estimate is None else ShaftSpeed(estimate.shaft_hz, estimate.tolerance, "estimated")
    )


def _by_own_lines(
    blocks: Sequence[tuple[str, BlockSpectrum]], motor: Motor, declared_hz: float, most_hz: float
) -> ShaftSpeed:
    """Read a speed that no comb tells off two of the shaft's first three lines.

    In a second, or where little but unbalance turns, there is no comb of five. Where the supply is
    not known its own lines cannot be left out, and two of them would do for a shaft.
    """
    line_hz = None if motor.nameplate.variable_frequency_drive else motor.nameplate.line_hz
    spectra = [spectrum for _, spectrum in blocks]
    found = line_hz and confirm_speed(spectra, declared_hz, REFINE_RANGE, line_hz, most_hz=most_hz)
    if not found:
        return ShaftSpeed(declared_hz, DECLARED_TOLERANCE, "declared")
    return ShaftSpeed(*found, "refined")


def fastest_hz(nameplate: Nameplate, declared_hz: float) -> float:
    """Return what an induction motor on the mains cannot exceed, in Hz; infinity where it may."""
    synchronous = nameplate.synchronous_rpm
    if synchronous is None or nameplate.variable_frequency_drive:
        return math.inf
    most = synchronous / 60 * (1 + GRID)
    # Declared far above, it is driven as a generator, or the nameplate is another motor's.
    return most if declared_hz * (1 - REFINE_RANGE) < most else math.inf


def speed_range(motor: Motor) -> tuple[float, float]:
    """Return the range of shaft frequency that the nameplate allows, in Hz."""
    synchronous = motor.nameplate.synchronous_rpm
    if synchronous is None or motor.nameplate.variable_frequency_drive:
        return UNKNOWN_SPEED_HZ
    least, most = SLIP_RANGE
    return synchronous / 60 * (1 - most), synchronous / 60 * (1 - least)


def _banks(
    blocks: Sequence[tuple[str, BlockSpectrum]], shaft_hz: float, highest_hz: float
) -> tuple[LevelBank, LevelBank]:
    top = highest_hz / shaft_hz
    return (
        amplitude_bank(blocks, shaft_hz=shaft_hz, top_order=top),
        envelope_bank(blocks, shaft_hz=shaft_hz, top_order=top),
    )


def shaft_speed(capture: Capture, motor: Motor, notes: tuple[AuditNote, ...]) -> ShaftSpeed | None:
    """Find the shaft's speed from vibration that can carry it, else believe what is declared.

    A speed that no shaft has, from a tachometer gone astray, counts as unknown.
    """
    declared_hz = shaft_frequency(capture, motor)
    if declared_hz is not None:
        # A shaft that turns backwards has the same lines.
        declared_hz = abs(declared_hz) if 0.0 < abs(declared_hz) * 60 <= MAX_SPEED_RPM else None
    declared = (
        None if declared_hz is None else ShaftSpeed(declared_hz, DECLARED_TOLERANCE, "declared")
    )
    fit = [
        block
        for block in capture.of(Sense.VIBRATION)
        if refused(notes, "bearing", channel=block.channel.name) is None
    ]
    try:
        spectra = tail_spectra(fit, declared_hz)
        if not spectra:
            return declared
        if declared_hz is not None and declared_hz / spectra[0][1].resolution_hz < BEARING_TURNS:
            return declared
        return find_speed(spectra, motor, declared_hz)
    except WindowTooShort:
        return declared
