"""A rolling bearing and the order of every line a defect of it can make.

Orders are multiples of shaft frequency, so one description serves every speed. Geometry or
defect orders go in; the four orders come out, each None where it cannot be known.
"""

import math

import msgspec

from sensors.errors import BadConfig

# Orders read off a machine carry slip and rounding; further apart than this they contradict.
AGREEMENT = 0.05


class Bearing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rolling bearing as its geometry or, where that is unknown, its defect orders.

    With n rolling elements of diameter d on pitch diameter D at contact angle phi, and
    r = (d/D) cos(phi), per shaft revolution (inner race turning, outer fixed, no slip):

    ``BPFO = n/2 (1-r)``, ``BPFI = n/2 (1+r)``, ``FTF = (1-r)/2``, ``BSF = D/(2d) (1-r^2)``
    (Randall and Antoni 2011, doi:10.1016/j.ymssp.2010.07.017). BPFO and BPFI alone give r, and
    so FTF; BSF needs the contact angle too and stays unknown.

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
        self._check_orders()

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
        if d > math.sin(math.pi / n) * pitch * 1.001:
            raise BadConfig(
                f"bearing {self.name!r}: {n} elements of {d} mm do not fit on a pitch "
                f"circle of {pitch} mm; check the figures"
            )

    def _check_orders(self) -> None:
        """Refuse orders that contradict geometry, element count or one another."""
        n, r = self.rolling_elements, self._ratio
        if r is None:
            return
        if r <= 0.0:
            raise BadConfig(
                f"bearing {self.name!r}: bpfo_order = {self.bpfo_order} must be below "
                f"bpfi_order = {self.bpfi_order}; are they swapped?"
            )
        self._check_near("ftf_order", (1 - r) / 2)
        if n is not None:
            self._check_near("bpfo_order", n / 2 * (1 - r))
            self._check_near("bpfi_order", n / 2 * (1 + r))
        most_spin = (1 - r**2) / (2 * r)  # at no contact angle; any angle lowers it
        if self.bsf_order is not None and self.bsf_order > 1.4 * most_spin:
            raise BadConfig(
                f"bearing {self.name!r}: bsf_order = {self.bsf_order} is above {most_spin:.4g}, "
                "the most an element can spin here; where a table prints 2 x BSF, give half of it"
            )

    def _check_near(self, name: str, expected: float) -> None:
        given = getattr(self, name)
        if given is not None and abs(given - expected) > AGREEMENT * expected:
            raise BadConfig(
                f"bearing {self.name!r}: {name} = {given} contradicts the other figures, which "
                f"make it {expected:.4g}; check them"
            )

    @property
    def _ratio(self) -> float | None:
        """Return r from geometry, else from both race orders; None where neither is known."""
        if self.element_diameter_mm is not None and self.pitch_diameter_mm is not None:
            angle = math.radians(self.contact_angle_deg)
            return self.element_diameter_mm / self.pitch_diameter_mm * math.cos(angle)
        if self.bpfo_order is None or self.bpfi_order is None:
            return None
        return (self.bpfi_order - self.bpfo_order) / (self.bpfi_order + self.bpfo_order)

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
        d, pitch, ratio = self.element_diameter_mm, self.pitch_diameter_mm, self._ratio
        if self.bsf_order is not None or d is None or pitch is None or ratio is None:
            return self.bsf_order
        return pitch / (2 * d) * (1 - ratio**2)
