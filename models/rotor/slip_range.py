"""The slips at which a motor can run, by its nameplate and load: what a search has to cover."""

from dsp.sidebands import Span
from models.shaft_speed import SLIP_RANGE
from sensors.motor import Nameplate

LARGEST_SLIP = 0.2
"""A running motor slips less, even one of high slip."""
SPREAD = (0.6, 1.6)
"""Slip over what rated slip and load make it: 20 % is allowed by IEC 60034-1, rotor resistance
rises by a third from cold to hot, slip goes with the square of the voltage (10 % either way), and
nameplates round."""
HEAVIEST = 1.3
"""Slip over rated slip up to which an unknown load is reckoned with: a wider search finds less."""


def rated_slip(plate: Nameplate) -> float | None:
    """Return slip at rated load; None where the nameplate does not tell it."""
    synchronous = plate.synchronous_rpm
    if synchronous is None or plate.rated_rpm is None or plate.rated_rpm >= synchronous:
        return None
    return 1.0 - plate.rated_rpm / synchronous


def plausible_slips(plate: Nameplate, load: float | None) -> Span:
    """Return the least and largest slip to be reckoned with.

    ``s = (0.6 to 1.6) sr load``, torque being proportional to slip up to rated load and beyond.

    Parameters
    ----------
    plate : Nameplate
        Whose rated speed tells the rated slip sr; without it slips up to 8 % are plausible.
    load : float or None
        Share of rated load; where it is unknown, slips from none to 1.3 times the rated one.
    """
    rated = rated_slip(plate)
    if rated is None:
        return SLIP_RANGE
    if load is None:
        return 0.0, min(max(HEAVIEST * rated, SLIP_RANGE[1]), LARGEST_SLIP)
    return SPREAD[0] * rated * load, min(SPREAD[1] * rated * load, LARGEST_SLIP)
