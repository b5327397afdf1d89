"""How much of its rated load a motor carries: declared, or by slip, or by current."""

import math
from dataclasses import dataclass

from models.declared_load import declared_load
from models.rotor.limits import LoadLimits
from models.rotor.slip_range import rated_slip
from models.rotor.view import LineView, RotorView
from sensors.capture import Capture
from sensors.motor import Motor


@dataclass(frozen=True, slots=True)
class RotorLoad:
    """Load as a share of rated, and how it is known."""

    share: float
    source: str


def rotor_load(
    capture: Capture, motor: Motor, view: RotorView | LineView, limits: LoadLimits
) -> RotorLoad | None:
    """Judge the load; None where neither capture nor nameplate tells it.

    Torque is proportional to slip from no load to rated load. Failing that, the active part of
    the current: ``load^2 = ((I/Ir)^2 - i0^2) / (1 - i0^2)`` with the no-load share i0.
    """
    declared = declared_load(capture)
    if declared is not None:
        return RotorLoad(declared, "declared")
    plate = motor.nameplate
    rated = rated_slip(plate)
    slip = view.slip if isinstance(view, RotorView) else None
    if rated is not None and slip is not None and slip.uncertainty < slip.slip / 2:
        return RotorLoad(slip.slip / rated, "slip over rated slip")
    if plate.rated_current_a is not None and view.current.rms_a is not None:
        idle = limits.no_load_current**2
        active = (view.current.rms_a / plate.rated_current_a) ** 2 - idle
        return RotorLoad(math.sqrt(max(active, 0.0) / (1 - idle)), "current over rated current")
    return None
