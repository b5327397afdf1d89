"""A motor's own baseline capture: read once, compared with ever after."""

from dataclasses import dataclass

from dsp.audit import audit
from dsp.shaft_orders import ShaftOrders
from models.shaft.judge import baseline_orders
from models.shaft_speed import shaft_speed
from sensors.capture import Capture
from sensors.motor import Motor

SAME_SPEED = 0.03
"""Relative difference of speed up to which amplitudes are compared: forces grow with its square,
and resonances come and go. What differs more was read at a wrong speed, or at another duty."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A capture of the motor in health, and what is read off it.

    Attributes
    ----------
    capture : Capture
        As it came.
    shaft_hz : float or None
        Shaft frequency then; None where it was neither declared nor evident.
    orders : ShaftOrders or None
        Lines of the shaft; None where the vibration cannot be read.
    """

    capture: Capture
    shaft_hz: float | None
    orders: ShaftOrders | None

    def is_at(self, shaft_hz: float) -> bool:
        """Whether it was taken at so nearly the same speed that amplitudes can be compared."""
        return self.shaft_hz is not None and abs(shaft_hz / self.shaft_hz - 1) <= SAME_SPEED


def reference_of(capture: Capture, motor: Motor) -> Reference:
    """Read a capture of the motor in health."""
    notes = audit(capture, motor)
    speed = shaft_speed(capture, motor, notes)
    orders = baseline_orders(capture, motor, notes, speed)
    return Reference(capture, None if speed is None else speed.hz, orders)
