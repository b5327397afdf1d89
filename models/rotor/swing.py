"""Whether a load that swings at twice slip frequency can make what a broken bar would.

A swing moves the current's vector to and fro along its circle diagram: nearly a straight line, in
a direction that the power factor sets. What a broken bar leaves is an ellipse across it. But no
cage is quite even: a swing's pair has a sound cage's own lines added to it, in any phase, and leads
by more than a swing alone does. Only what no swing together with a sound cage makes is a bar's.
"""

import math

import numpy as np

from dsp.sidebands import SidebandPair
from models.rotor.limits import RotorLimits
from models.rotor.load import RotorLoad

RATIOS = 41
"""Steps of the swing's lower over its upper sideband that are tried."""


def may_be_a_swing(pair: SidebandPair, load: RotorLoad | None, limits: RotorLimits) -> bool:
    """Say whether a swing and a sound cage together can make a pair.

    With heights L and U, the direction off a swing's by an angle a, and the swing's own lower q
    times its upper: ``|L - q U exp(2j a)| <= c (1 + q)`` for any q up to the limit, in dB that of
    rated load times the load, where a sound cage adds at most c to either.

    Parameters
    ----------
    pair : SidebandPair
        At twice slip frequency.
    load : RotorLoad or None
        Where it is unknown, directions at no load and ratios at rated load are a swing's, too.
    limits : RotorLimits
        How even a sound cage is, and what a swing does.
    """
    sound = 10 ** (limits.bars.good_dbc / 20)
    lower, upper = (10 ** (dbc / 20) for dbc in (pair.lower_dbc, pair.upper_dbc))
    most_db = limits.swing.least_asymmetry_db * (1.0 if load is None else min(load.share, 1.0))
    ratios = np.linspace(1.0, 10 ** (most_db / 20), RATIOS)
    off = off_swing(pair.direction_rad, load, limits)
    rest = np.abs(lower - ratios * upper * np.exp(2j * off))
    return bool(np.any(rest <= sound * (1 + ratios)))


def off_swing(direction_rad: float, load: RotorLoad | None, limits: RotorLimits) -> float:
    """Return by what angle a direction lies outside those of a swing, at most a right one."""
    swing, share = limits.swing, 0.0 if load is None else load.share
    least = math.radians(swing.least_direction_deg)
    most = math.radians(swing.most_direction_deg - swing.less_at_rated_deg * share)
    middle, half = (least + most) / 2, max((most - least) / 2, 0.0)
    away = abs((direction_rad - middle + math.pi / 2) % math.pi - math.pi / 2)
    return max(away - half, 0.0)
