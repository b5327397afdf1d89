"""A motor: identity, nameplate and bearings, and which facts an extraction stood on.

A motor is written by its owner as `motor.toml`, which `sensors.motor_file` reads and validates.
"""

import hashlib
import math
from typing import Literal

import msgspec

from sensors.bearing import Bearing
from sensors.errors import BadConfig

__all__ = ["MAX_SPEED_RPM", "Bearing", "Motor", "Nameplate"]

# Beyond this the nameplate contradicts itself; high-slip (NEMA D) motors reach 0.13.
MAX_RATED_SLIP = 0.35

MAX_SPEED_RPM = 200_000.0

FEWEST_BARS, MOST_BARS = 8, 200
"""Cages of the smallest motors have about ten bars, those of many poles a little over a hundred."""

YOUNGER_FIELDS = ("gear_teeth", "fan_blades", "hot_spot_allowance_k")
"""Fields of the nameplate that count for nothing in a motor's digest where they are not stated."""


class Nameplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is stamped on the motor, as far as it is known.

    Attributes
    ----------
    poles : int or None
        Number of poles (not pole pairs).
    line_hz : float or None
        Supply frequency.
    rated_kw, rated_rpm, rated_current_a, rated_voltage_v : float or None
        Rated shaft power, speed, line current and line-to-line voltage.
    shaft_height_mm : float or None
        Height of the shaft centre over the feet, which groups machines for ISO 20816-3.
    mounting : str or None
        ``rigid`` or ``flexible`` foundation.
    rotor_bars : int or None
        Number of rotor bars, needed for slot harmonics.
    variable_frequency_drive : bool
        Fed by an inverter: slip-based diagnosis is then inhibited.
    insulation_class : str or None
        ``B``, ``F`` or ``H``.
    gear_teeth : int or None
        Teeth of the gear wheel on the motor's shaft, which place its mesh.
    fan_blades : int or None
        Blades of the fan on the motor's shaft, which place its blade pass.
    hot_spot_allowance_k : float or None
        By how much the hottest spot of the winding is above the temperature sensor at rated load.
    """

    poles: int | None = None
    line_hz: float | None = None
    rated_kw: float | None = None
    rated_rpm: float | None = None
    rated_current_a: float | None = None
    rated_voltage_v: float | None = None
    shaft_height_mm: float | None = None
    mounting: Literal["rigid", "flexible"] | None = None
    rotor_bars: int | None = None
    variable_frequency_drive: bool = False
    insulation_class: Literal["B", "F", "H"] | None = None
    gear_teeth: int | None = None
    fan_blades: int | None = None
    hot_spot_allowance_k: float | None = None

    def __post_init__(self) -> None:
        if self.poles is not None and (self.poles < 2 or self.poles % 2 or self.poles > 100):
            raise BadConfig(f"nameplate: poles = {self.poles} must be an even number from 2 to 100")
        if self.gear_teeth is not None and not 4 <= self.gear_teeth <= 1000:
            raise BadConfig(f"nameplate: gear_teeth = {self.gear_teeth} must be from 4 to 1000")
        if self.fan_blades is not None and not 2 <= self.fan_blades <= 200:
            raise BadConfig(f"nameplate: fan_blades = {self.fan_blades} must be from 2 to 200")
        if self.rotor_bars is not None and not FEWEST_BARS <= self.rotor_bars <= MOST_BARS:
            raise BadConfig(
                f"nameplate: rotor_bars = {self.rotor_bars} must be from {FEWEST_BARS} to "
                f"{MOST_BARS}; it counts the bars of the cage, not the broken ones"
            )
        limits = {
            "line_hz": 1000.0,
            "rated_kw": 1e5,
            "rated_rpm": MAX_SPEED_RPM,
            "rated_current_a": 1e5,
            "rated_voltage_v": 1e5,
            "shaft_height_mm": 1e4,
            "hot_spot_allowance_k": 150.0,
        }
        for name, most in limits.items():
            value = getattr(self, name)
            if value is not None and not 0.0 < value <= most:
                raise BadConfig(f"nameplate: {name} = {value} must be above 0 and at most {most:g}")
        self._check_speed()
        self._check_power()

    def _check_speed(self) -> None:
        synchronous = self.synchronous_rpm
        if synchronous is None or self.rated_rpm is None or self.variable_frequency_drive:
            return
        if not (1 - MAX_RATED_SLIP) * synchronous <= self.rated_rpm <= synchronous:
            side = "above" if self.rated_rpm > synchronous else "far below"
            raise BadConfig(
                f"nameplate: rated_rpm = {self.rated_rpm:g} is {side} the synchronous speed "
                f"{synchronous:g} rpm of {self.poles} poles at {self.line_hz:g} Hz; "
                "`poles` counts poles, not pole pairs"
            )

    def _check_power(self) -> None:
        if self.rated_kw is None or self.rated_voltage_v is None or self.rated_current_a is None:
            return
        apparent_kva = math.sqrt(3.0) * self.rated_voltage_v * self.rated_current_a / 1000.0
        if self.rated_kw > 1.05 * apparent_kva:
            raise BadConfig(
                f"nameplate: rated_kw = {self.rated_kw:g} is more than the {apparent_kva:.3g} kVA "
                f"that {self.rated_voltage_v:g} V and {self.rated_current_a:g} A can carry; "
                "take voltage and current of the same connection (star or delta)"
            )

    @property
    def synchronous_rpm(self) -> float | None:
        """Synchronous speed ``120 f / p`` in rpm; None where poles or line are unknown."""
        if self.poles is None or self.line_hz is None:
            return None
        return 120.0 * self.line_hz / self.poles


class Motor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One motor: identity, nameplate and bearings.

    Attributes
    ----------
    motor_id : str
        Unique on its site.
    nameplate : Nameplate
        What is stamped on it.
    bearings : tuple of Bearing
        As fitted; empty where unknown.
    nominal_rpm : float or None
        Usual shaft speed, used where a capture brings none of its own.
    """

    motor_id: str
    nameplate: Nameplate = msgspec.field(default_factory=Nameplate)
    bearings: tuple[Bearing, ...] = ()
    nominal_rpm: float | None = None

    def __post_init__(self) -> None:
        if (
            not self.motor_id
            or any(c in self.motor_id for c in "/+#\0\n")
            or len(self.motor_id) > 120
        ):
            raise BadConfig(
                f"motor_id {self.motor_id!r} must be 1 to 120 characters "
                "without / + # or line breaks"
            )
        if self.nominal_rpm is not None and not 0.0 < self.nominal_rpm <= MAX_SPEED_RPM:
            raise BadConfig(f"nominal_rpm = {self.nominal_rpm} must be above 0")

    @property
    def motor_hash(self) -> str:
        """Short digest of nameplate, usual speed and bearings: the facts an extraction stood on.

        Identity and sources are left out: renaming a motor or mending a citation moves no line.
        Equal motors have equal digests, however their numbers were written (1500 or 1500.0).
        """
        canonical = msgspec.convert(msgspec.to_builtins(self), Motor)
        facts = msgspec.to_builtins(canonical)
        del facts["motor_id"]
        # Digests of motors that do not state these are older than the fields.
        for younger in YOUNGER_FIELDS:
            if facts["nameplate"][younger] is None:
                del facts["nameplate"][younger]
        for bearing in facts["bearings"]:
            del bearing["source"]
        return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).hexdigest()[:16]

    def slip(self, speed_rpm: float) -> float | None:
        """Slip ``(ns - n) / ns`` at a shaft speed; None where ns is unknown or a drive feeds it."""
        synchronous = self.nameplate.synchronous_rpm
        if synchronous is None or self.nameplate.variable_frequency_drive:
            return None
        return (synchronous - speed_rpm) / synchronous
