"""Impacts without a name: no bearing is known by them, and no health can be read either."""

from collections.abc import Sequence

import numpy as np

from dsp.spectrum import RealArray
from models.window import LONGEST_S
from sensors.capture import SampleBlock

IMPULSIVE = 10.0
"""Kurtosis (3 for noise, 1.5 for a sine) of a housing that is struck again and again: from 4 on
practice looks closer (D. Dyer and R. M. Stewart, "Detection of rolling element bearing damage by
statistical vibration analysis", J. Mech. Design 100, 1978)."""
PIECES = 4
"""Every quarter of a window must show it: one knock, a door or a tool, is no state of a machine."""


def doubt_struck(blocks: Sequence[SampleBlock]) -> str | None:
    """Say that a housing is struck all the time, where no bearing is named; None where not."""
    read = [(least_kurtosis(block), block.channel.name) for block in blocks]
    highest, name = max(read, default=(0.0, ""))
    if highest < IMPULSIVE:
        return None
    return (
        f"{name}: struck through the whole window (kurtosis {highest:.0f} or more in every quarter "
        "of it; noise has 3) by what cannot be named here: a rub, a loose part, cavitation, "
        "discharge or knocking of the driven machine; listen at the housing, and compare with "
        "this motor's own baseline"
    )


def least_kurtosis(block: SampleBlock) -> float:
    """Return the least kurtosis, fourth over squared second moment, of a window's quarters."""
    values = block.values[-round(LONGEST_S * block.rate_hz) :].astype(np.float64)
    return min(_kurtosis(part) for part in np.array_split(values, PIECES))


def _kurtosis(values: RealArray) -> float:
    squares = (values - values.mean()) ** 2 if values.size else values
    power = float(squares.mean()) if squares.size else 0.0
    return float(np.mean(squares**2)) / power**2 if power > 0 else 0.0
