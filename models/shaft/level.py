"""How much each channel shakes, and what a standard says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.severity import (
    SeverityLimits,
    VelocityVerdict,
    judge_velocity,
    load_limits,
    velocity_band_hz,
)
from dsp.velocity import velocity_rms
from models.finding import Severity
from models.shaft_speed import ShaftSpeed
from models.window import tail_spectra
from sensors.capture import Capture, SampleBlock, Sense, Unit
from sensors.errors import WindowTooShort
from sensors.motor import Motor

ROUGH = ("C", "D")


@dataclass(frozen=True, slots=True)
class ShaftLevel:
    """Velocity in mm/s RMS and the standard's verdict, by channel."""

    channels: Mapping[str, tuple[float, VelocityVerdict]]

    @property
    def reason(self) -> str | None:
        """Why no standard judges any channel; None where one does."""
        reasons = []
        for _, verdict in self.channels.values():
            if verdict.zone != "not applicable":
                return None
            reasons.append(verdict.reason)
        return reasons[0]

    @property
    def worst(self) -> str:
        """The channel that shakes most."""
        return max(self.channels, key=lambda name: self.channels[name][0])

    @property
    def is_rough(self) -> bool:
        """Whether any channel is beyond what a standard allows for long."""
        return any(map(self.rough, self.channels))

    def rough(self, channel: str) -> bool:
        """Say whether a channel is beyond what a standard allows for long: zone C or D."""
        return self.channels[channel][1].zone in ROUGH

    def limit_of(self, channel: str) -> float | None:
        """Return the B/C limit of a channel in mm/s; None where none applies."""
        limits = self.channels[channel][1].limits
        return None if limits is None else limits[1]

    def severity_of(self, channel: str) -> Severity | None:
        """Return velocity and zone of a channel; None where it is not calibrated."""
        velocity, verdict = self.channels[channel]
        if velocity <= 0:
            return None
        return Severity(value=velocity, unit="mm/s", zone=verdict.zone)


def shaft_level(
    blocks: Sequence[SampleBlock],
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed,
    limits: SeverityLimits | None = None,
) -> ShaftLevel:
    """Measure the velocity of each channel over the standard's band, and judge it.

    Parameters
    ----------
    blocks : sequence of SampleBlock
        Vibration channels, at least one; those not in m/s2 have velocity 0 and no verdict.
    notes : tuple of AuditNote
        Channels whose velocity they refuse have none either.
    limits : SeverityLimits, optional
        Other zones than those of `dsp/iso.toml`.
    """
    zones = limits or load_limits()
    return ShaftLevel({b.channel.name: _judged(b, motor, notes, speed, zones) for b in blocks})


def velocity_severity(
    capture: Capture,
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
    limits: SeverityLimits | None = None,
) -> Severity | None:
    """Return velocity and zone of the channel that shakes most; None where none is calibrated."""
    blocks = [block for block in capture.of(Sense.VIBRATION) if block.values.size]
    if speed is None or not blocks:
        return None
    level = shaft_level(blocks, motor, notes, speed, limits)
    return level.severity_of(level.worst)


def _judged(
    block: SampleBlock,
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed,
    zones: SeverityLimits,
) -> tuple[float, VelocityVerdict]:
    rpm = speed.hz * 60
    lo, hi = velocity_band_hz(rpm, zones)
    reason = refused(notes, "velocity_severity", channel=block.channel.name)
    velocity = 0.0
    if block.unit is Unit.MPS2 and reason is None and block.rate_hz >= 2 * hi:
        try:
            velocity = velocity_rms(tail_spectra([block])[0][1], lo, hi)
        except WindowTooShort as error:
            reason = str(error)
    if reason is not None:
        return velocity, VelocityVerdict(zone="not applicable", reason=reason)
    verdict = judge_velocity(
        velocity,
        motor.nameplate,
        speed_rpm=rpm,
        duration_s=block.duration_s,
        bandwidth_hz=block.rate_hz / 2,
        unit_is_calibrated=block.unit is Unit.MPS2,
        limits=zones,
    )
    return velocity, verdict
