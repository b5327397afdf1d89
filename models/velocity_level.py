"""Vibration velocity of a machine and the zone that a standard gives it."""

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.severity import judge_velocity, velocity_band_hz
from dsp.velocity import velocity_rms
from models.finding import Severity
from models.shaft_speed import ShaftSpeed
from models.window import tail_spectra
from sensors.capture import Capture, Sense, Unit
from sensors.motor import Motor

FEWEST_PERIODS = 4.0
"""Periods of the lowest frequency that a window must hold."""


def velocity_severity(
    capture: Capture, motor: Motor, notes: tuple[AuditNote, ...], speed: ShaftSpeed | None
) -> Severity | None:
    """Worst velocity RMS of the calibrated channels with its zone, or None without any.

    Channels whose velocity the audit refuses, such as one whose upper spectrum is empty, are left
    out.
    """
    if speed is None:
        return None
    lo, hi = velocity_band_hz(speed.hz * 60)
    blocks = [
        block
        for block in capture.of(Sense.VIBRATION, Unit.MPS2)
        if block.rate_hz >= 2 * hi
        and block.duration_s * lo >= FEWEST_PERIODS
        and refused(notes, "velocity_severity", channel=block.channel.name) is None
    ]
    if not blocks:
        return None
    levels = [velocity_rms(spectrum, lo, hi) for _, spectrum in tail_spectra(blocks)]
    worst = max(range(len(levels)), key=levels.__getitem__)
    zone = judge_velocity(
        levels[worst],
        motor.nameplate,
        speed_rpm=speed.hz * 60,
        duration_s=blocks[worst].duration_s,
        bandwidth_hz=blocks[worst].rate_hz / 2,
        unit_is_calibrated=True,
    ).zone
    return Severity(value=levels[worst], unit="mm/s", zone=zone)
