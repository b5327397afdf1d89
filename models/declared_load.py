"""The load that a capture declares, where it is one that a motor can carry."""

from sensors.capture import Capture

HEAVIEST = 5.0
"""No motor turns at more than this share of its rated torque: breakdown comes at two to four."""


def declared_load(capture: Capture) -> float | None:
    """Return the declared load as a share of rated; None where there is none to believe."""
    load = capture.load
    return load if load is not None and 0.0 <= load <= HEAVIEST else None
