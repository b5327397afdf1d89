"""Which lanes a condition shows in: without them nobody can tell it, present or absent."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dsp.vector import BoolArray
from models.stage2.spectra import FAULT_LANES, LANES
from sensors.conditions import BEARING_CONDITIONS, Condition

SHAFT_CONDITIONS = (
    Condition.UNBALANCE,
    Condition.MISALIGNMENT,
    Condition.BENT_SHAFT,
    Condition.LOOSENESS,
    Condition.SOFT_FOOT,
)
NEEDS: dict[Condition, tuple[str, ...]] = {
    **dict.fromkeys(BEARING_CONDITIONS, FAULT_LANES),
    **dict.fromkeys(SHAFT_CONDITIONS, ("vibration",)),
    Condition.BLADE_FAULT: ("sound",),
    Condition.BROKEN_ROTOR_BAR: ("current_near_line",),
    Condition.ECCENTRICITY_DYNAMIC: ("current",),
    Condition.STATOR_INTER_TURN: ("current",),
}
"""Everything that stage 2 knows by name, with lanes of which it needs at least one."""


def lane_rows(names: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return where lanes stand in `LANES`."""
    return np.array([LANES.index(name) for name in names])


def told(masked: BoolArray) -> BoolArray:
    """Say which conditions of `NEEDS` can be told, shape (n, conditions).

    Parameters
    ----------
    masked : bool array, shape (n, lanes)
        Lanes that could not be measured.
    """
    return np.stack(
        [~masked[:, lane_rows(needed)].all(axis=1) for needed in NEEDS.values()], axis=1
    )


def told_classes(classes: Sequence[str], masked: BoolArray) -> BoolArray:
    """Say which classes of a head can be told, shape (n, K); health always can."""
    by_name = dict(zip((condition.value for condition in NEEDS), told(masked).T, strict=True))
    always = np.ones(len(masked), dtype=np.bool_)
    return np.stack([by_name.get(name, always) for name in classes], axis=1)
