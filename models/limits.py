"""Fixed physical limits: what raises a state whatever any model has learnt.

A limit looks at the median of a few features, either as they are (a standard's zone) or as a rise
over the motor's own baseline, so that one noisy band alone does not speak.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from dsp.statistics import median
from models.robust import Floats, Mask
from sensors.errors import BadConfig


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One limit on the median of some features.

    Attributes
    ----------
    name : str
        As shown to people.
    features : tuple of str
        Which features; at least half must be measured for the limit to speak.
    kind : str
        ``level`` for the features as they are, ``rise`` for their difference from the baseline.
    unit : str
        Unit of the limits, that of the features.
    alert, danger : float
        A state is raised above these.
    source : str
        Where the figures come from.
    """

    name: str
    features: tuple[str, ...]
    kind: Literal["level", "rise"]
    unit: str
    alert: float
    danger: float
    source: str

    def __post_init__(self) -> None:
        if not self.features or not self.alert < self.danger:
            raise BadConfig(
                f"limit {self.name!r}: needs features and alert < danger, "
                f"got {self.alert} and {self.danger}"
            )


def limit_value(limit: Limit, names: Sequence[str], values: Floats, mask: Mask) -> float | None:
    """Median of the limit's measured features; None where fewer than half are measured.

    Parameters
    ----------
    names : sequence of str, length F
        Feature names in the order of the spec.
    values, mask : arrays, shape (F,)
        Levels or rises, as `limit.kind` says.

    Raises
    ------
    BadConfig
        The limit names a feature that the spec has not.
    """
    chosen = _places(limit, tuple(names))
    seen = chosen[~mask[chosen]]
    return float(median(values[seen])) if 2 * seen.size >= chosen.size else None


@lru_cache(maxsize=64)
def _places(limit: Limit, names: tuple[str, ...]) -> npt.NDArray[np.intp]:
    place = {name: number for number, name in enumerate(names)}
    strange = [name for name in limit.features if name not in place]
    if strange:
        raise BadConfig(f"limit {limit.name!r}: the spec has no feature {strange[0]!r}")
    return np.array([place[name] for name in limit.features])
