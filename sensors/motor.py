"""A motor and its bearings: nameplate, geometry, and the order of every line they can make.

Orders are multiples of shaft frequency, so one description serves every speed. A motor is
written by its owner as `motor.toml`, which `sensors.motor_file` reads and validates.
"""

import hashlib
import math
from typing import Literal

import msgspec

from sensors.errors import BadConfig

MAX_SPEED_RPM = 200_000.0


class Bearing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rolling bearing as its geometry or, where that is unknown, its defect orders.

    With n rolling elements of diameter d on pitch diameter D at contact angle phi, and
    r = (d/D) cos(phi), per shaft revolution (inner race turning, outer fixed, no slip):

    ``BPFO = n/2 (1-r)``, ``BPFI = n/2 (1+r)``, ``FTF = (1-r)/2``, ``BSF = D/(2d) (1-r^2)``.

    Attributes
    ----------
    name : str
        Designation, e.g. ``6205-2RS``.
    rolling_elements : int or None
        Number n of rolling elements in a row.
    element_diameter_mm, pitch_diameter_mm : float or None
        d and D; only their ratio matters.
    contact_angle_deg : float
        phi.
    bpfo_order, bpfi_order, bsf_order, ftf_order : float or None
        Defect orders given instead of geometry. `bsf_order` is the element's own spin, once
        per turn of the element: a spot on it strikes both races, so its line is at twice this.
    position : str or None
        ``DE`` or ``NDE``.
    source : str
        Where the figures come from.
    """

    name: str
    rolling_elements: int | None = None
    element_diameter_mm: float | None = None
    pitch_diameter_mm: float | None = None
    contact_angle_deg: float = 0.0
    bpfo_order: float | None = None
    bpfi_order: float | None = None
    bsf_order: float | None = None
    ftf_order: float | None = None
    position: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        geometry = (self.rolling_elements, self.element_diameter_mm, self.pitch_diameter_mm)
        orders = (self.bpfo_order, self.bpfi_order, self.bsf_order, self.ftf_order)
        if all(part is not None for part in geometry):
            self._check_geometry()
        elif any(part is not None for part in geometry[1:]) or all(o is None for o in orders):
            raise BadConfig(
                f"bearing {self.name!r}: give rolling_elements, element_diameter_mm and "
                "pitch_diameter_mm together, or the orders bpfo_order, bpfi_order, "
                "bsf_order, ftf_order"
            )
        for order in orders:
            if order is not None and not 0.0 < order < 200.0:
                raise BadConfig(
                    f"bearing {self.name!r}: order {order!r} per revolution is impossible; "
                    "orders are multiples of shaft speed, not frequencies in Hz"
                )

    def _check_geometry(self) -> None:
        n, d, pitch = self.rolling_elements, self.element_diameter_mm, self.pitch_diameter_mm
        assert n is not None and d is not None and pitch is not None
        if not 3 <= n <= 500 or not 0.0 < d < pitch or not math.isfinite(pitch):
            raise BadConfig(
                f"bearing {self.name!r}: {n} elements of {d} mm on a pitch circle of {pitch} mm "
                "cannot be; the element diameter must be positive and below the pitch diameter"
            )
        if not 0.0 <= self.contact_angle_deg < 90.0:
            raise BadConfig(
                f"bearing {self.name!r}: contact angle {self.contact_angle_deg} must be "
                "from 0 to below 90 degrees"
            )
        if n * d > math.pi * pitch * 1.001:
            raise BadConfig(
                f"bearing {self.name!r}: {n} elements of {d} mm do not fit on a pitch "
                f"circle of {pitch} mm; check the figures"
            )

    @property
    def _ratio(self) -> float | None:
        if self.element_diameter_mm is None or self.pitch_diameter_mm is None:
            return None
        angle = math.radians(self.contact_angle_deg)
        return self.element_diameter_mm / self.pitch_diameter_mm * math.cos(angle)

    @property
    def bpfo(self) -> float | None:
        """Ball pass frequency, outer race, in orders; None where unknown."""
        if self.bpfo_order is not None or self._ratio is None or self.rolling_elements is None:
            return self.bpfo_order
        return self.rolling_elements / 2 * (1 - self._ratio)

    @property
    def bpfi(self) -> float | None:
        """Ball pass frequency, inner race, in orders; None where unknown."""
        if self.bpfi_order is not None or self._ratio is None or self.rolling_elements is None:
            return self.bpfi_order
        return self.rolling_elements / 2 * (1 + self._ratio)

    @property
    def ftf(self) -> float | None:
        """Fundamental train (cage) frequency in orders; None where unknown."""
        if self.ftf_order is not None or self._ratio is None:
            return self.ftf_order
        return (1 - self._ratio) / 2

    @property
    def bsf(self) -> float | None:
        """Ball spin frequency in orders; a defect's line is at twice this. None if unknown."""
        if self.bsf_order is not None or self._ratio is None:
            return self.bsf_order
        assert self.element_diameter_mm is not None and self.pitch_diameter_mm is not None
        return self.pitch_diameter_mm / (2 * self.element_diameter_mm) * (1 - self._ratio**2)


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

    def __post_init__(self) -> None:
        if self.poles is not None and (self.poles < 2 or self.poles % 2 or self.poles > 100):
            raise BadConfig(f"nameplate: poles = {self.poles} must be an even number from 2 to 100")
        limits = {
            "line_hz": 1000.0,
            "rated_kw": 1e5,
            "rated_rpm": MAX_SPEED_RPM,
            "rated_current_a": 1e5,
            "rated_voltage_v": 1e5,
            "shaft_height_mm": 1e4,
        }
        for name, most in limits.items():
            value = getattr(self, name)
            if value is not None and not 0.0 < value <= most:
                raise BadConfig(f"nameplate: {name} = {value} must be above 0 and at most {most:g}")
        synchronous = self.synchronous_rpm
        if synchronous is None or self.rated_rpm is None or self.variable_frequency_drive:
            return
        if self.rated_rpm > synchronous:
            raise BadConfig(
                f"nameplate: rated_rpm = {self.rated_rpm} is above the synchronous speed "
                f"{synchronous:g} rpm of {self.poles} poles at {self.line_hz:g} Hz"
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
        """Short digest of nameplate and bearings: which facts an extraction stood on."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]

    def slip(self, speed_rpm: float) -> float | None:
        """Slip ``(ns - n) / ns`` at a shaft speed; None where ns is unknown or a drive feeds it."""
        synchronous = self.nameplate.synchronous_rpm
        if synchronous is None or self.nameplate.variable_frequency_drive:
            return None
        return (synchronous - speed_rpm) / synchronous
