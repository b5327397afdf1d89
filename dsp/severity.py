"""Vibration severity: which zone of which standard a velocity falls into, if any applies.

Limits are data (`iso.toml`, or a file of the same form). A zone is given only where the standard's
scope is known to hold; everywhere else the verdict is ``not applicable`` with the reason.
"""

import math
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from sensors.errors import BadConfig
from sensors.motor import Nameplate

Zone = Literal["A", "B", "C", "D", "not applicable"]
Range = tuple[float, float]

ISO_LIMITS = Path(__file__).with_name("iso.toml")


class VelocityBand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The frequencies over which velocity is measured, and where slow machines differ."""

    low_hz: float
    high_hz: float
    slow_below_rpm: float
    slow_low_hz: float
    source: str
    confidence: str


class LimitSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Zone boundaries A/B, B/C, C/D in mm/s RMS and the machines that they are for."""

    standard: str
    scope_kw: Range
    group_kw: Range
    speed_rpm: Range
    limits_mmps: tuple[float, float, float]
    source: str
    confidence: str
    group_height_mm: Range | None = None
    mounting: Literal["rigid", "flexible"] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.limits_mmps[0] < self.limits_mmps[1] < self.limits_mmps[2]:
            raise BadConfig(
                f"{self.standard}: limits {self.limits_mmps} mm/s must rise from above 0"
            )

    def covers(self, rated_kw: float, shaft_height_mm: float | None) -> bool:
        """Say whether a machine of this power and shaft height belongs to the group."""
        if not self.scope_kw[0] < rated_kw <= self.scope_kw[1]:
            return False
        if self.group_height_mm is None or shaft_height_mm is None:
            return self.group_kw[0] < rated_kw <= self.group_kw[1]
        return self.group_height_mm[0] <= shaft_height_mm < self.group_height_mm[1]

    def zone(self, vel_rms_mmps: float) -> Zone:
        """Return the zone of a velocity; a value at a boundary belongs to the better zone."""
        zones: tuple[Zone, ...] = ("A", "B", "C", "D")
        return zones[sum(vel_rms_mmps > limit for limit in self.limits_mmps)]


class SeverityLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `iso.toml` holds."""

    least_duration_s: float
    band: VelocityBand
    sets: tuple[LimitSet, ...]


class VelocityVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """A zone with the limits it was judged by, or ``not applicable`` with the reason."""

    zone: Zone
    reason: str
    limits: tuple[float, float, float] | None = None
    standard: str | None = None


@lru_cache(maxsize=4)
def load_limits(path: Path = ISO_LIMITS) -> SeverityLimits:
    """Read zone limits from a TOML file of the form of `iso.toml`.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or lacks or misnames a field.
    """
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), SeverityLimits)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise BadConfig(
            f"{path}: not a file of severity limits: {error}; see dsp/iso.toml"
        ) from error


def velocity_band_hz(speed_rpm: float, limits: SeverityLimits | None = None) -> Range:
    """Return the band over which velocity is to be measured: from 2 Hz below 600 rpm."""
    band = (limits or load_limits()).band
    low = band.slow_low_hz if speed_rpm < band.slow_below_rpm else band.low_hz
    return low, band.high_hz


def judge_velocity(
    vel_rms_mmps: float,
    nameplate: Nameplate,
    *,
    speed_rpm: float | None,
    duration_s: float,
    bandwidth_hz: float,
    unit_is_calibrated: bool,
    limits: SeverityLimits | None = None,
) -> VelocityVerdict:
    """Judge a broadband vibration velocity, the worst direction on a bearing housing.

    Parameters
    ----------
    vel_rms_mmps : float
        Velocity in mm/s RMS over `velocity_band_hz`.
    nameplate : Nameplate
        Power, shaft height and mounting decide which limits apply.
    speed_rpm : float or None
        Shaft speed while it was measured; steady.
    duration_s : float
        Length of the window.
    bandwidth_hz : float
        Upper edge of what the channel carries.
    unit_is_calibrated : bool
        Whether the samples were in m/s2.
    limits : SeverityLimits, optional
        Other limits than `iso.toml`.

    Returns
    -------
    VelocityVerdict
        Where the mounting is unknown, a zone is given only if it is the same for both.
    """
    rules = limits or load_limits()
    unfit = _unfit(vel_rms_mmps, duration_s, bandwidth_hz, unit_is_calibrated, rules)
    if unfit is not None:
        return VelocityVerdict(zone="not applicable", reason=unfit)
    candidates = _applicable(nameplate, speed_rpm, rules)
    if isinstance(candidates, str):
        return VelocityVerdict(zone="not applicable", reason=candidates)
    chosen = candidates[0]
    zones = {limit_set.zone(vel_rms_mmps) for limit_set in candidates}
    if len(zones) > 1:
        seen = " or ".join(f"{s.zone(vel_rms_mmps)} on {s.mounting} mounting" for s in candidates)
        return VelocityVerdict(
            zone="not applicable", reason=f"zone {seen}: state `mounting` on the nameplate"
        )
    bounds = "/".join(f"{limit:g}" for limit in chosen.limits_mmps)
    return VelocityVerdict(
        zone=zones.pop(),
        reason=f"{vel_rms_mmps:.2f} mm/s RMS against {bounds} of {chosen.standard}",
        limits=chosen.limits_mmps,
        standard=chosen.standard,
    )


def _unfit(
    velocity: float, duration_s: float, bandwidth_hz: float, calibrated: bool, rules: SeverityLimits
) -> str | None:
    """Say why a measurement cannot be judged by any standard."""
    if not calibrated:
        return "the vibration channel is not calibrated in m/s2"
    if not (math.isfinite(velocity) and velocity >= 0):
        return "the velocity could not be measured"
    if duration_s < rules.least_duration_s:
        return f"a window of {duration_s:g} s is under {rules.least_duration_s:g} s"
    if bandwidth_hz < rules.band.high_hz:
        return f"a bandwidth of {bandwidth_hz:g} Hz is under {rules.band.high_hz:g} Hz"
    return None


def _applicable(
    nameplate: Nameplate, speed_rpm: float | None, rules: SeverityLimits
) -> tuple[LimitSet, ...] | str:
    """Return the limit sets that may apply, several only where mounting is unknown, or why none."""
    kw, height = nameplate.rated_kw, nameplate.shaft_height_mm
    if kw is None:
        return "rated power unknown: state `rated_kw` on the nameplate"
    if speed_rpm is None:
        return "shaft speed unknown, so the frequency band is undecided: state the speed"
    group = [s for s in rules.sets if s.covers(kw, height)]
    if not group:
        frame = "" if height is None else f" with a shaft height of {height:g} mm"
        return f"no limits cover a machine of {kw:g} kW{frame}"
    turning = [s for s in group if s.speed_rpm[0] <= speed_rpm <= s.speed_rpm[1]]
    if not turning:
        low, high = group[0].speed_rpm
        return f"{speed_rpm:g} rpm is outside the {low:g} to {high:g} rpm of {group[0].standard}"
    mounted = tuple(
        s for s in turning if nameplate.mounting in (None, s.mounting) or not s.mounting
    )
    return mounted or f"no limits for {nameplate.mounting} mounting"
