"""Whether shorted turns can lower one line as a contact does that opens and closes.

A short across part of phase x draws its current from that phase alone: as much positive as negative
sequence, told by x, in phase with the voltage or somewhat behind it, for few turns have less
leakage than resistance. At little load, where the motor's own current lags by nearly 60 degrees,
that raises one line and lowers another.
"""

import cmath
import math

from models.supply.figures import Unbalance
from models.supply.joint import OwnCurrent
from models.supply.waves import together

MOST_BEHIND_RAD = math.radians(60.0)
"""By how much a short's current may lag its voltage: at 60 degrees leakage is 1.7 times
resistance."""


def may_be_a_short(own: OwnCurrent, currents: Unbalance, voltages: Unbalance) -> bool:
    """Say whether turns shorted in any one phase can make such a current.

    What is left of I1 is the motor's own, which takes power: ``Re((I1 - I2) / V1) >= 0``. Where
    voltages and currents were not sampled together nothing excludes a short.

    Parameters
    ----------
    own : OwnCurrent
        I2/I1 beyond what the supply draws.
    currents, voltages : Unbalance
        Of the same window.
    """
    if not together(voltages.phases, currents.phases):
        return True
    drawn = currents.parts.positive / voltages.parts.positive
    drawn /= abs(drawn)
    for ratio in own.by_phase().values():
        short = ratio * drawn
        behind = -cmath.phase(short)
        likely = -own.error_rad <= behind <= MOST_BEHIND_RAD + own.error_rad
        if likely and (drawn - short).real >= 0:
            return True
    return False
