"""A feature vector: what one window of one motor amounts to, for a model of the same spec."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.errors import BadSamples

Float32Array = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """Features of one capture under one FeatureSpec.

    Attributes
    ----------
    spec_id : str
        Which FeatureSpec made it.
    motor_id, motor_hash : str
        Whose signals, and which nameplate facts the extraction stood on.
    t0_ns, t1_ns : int
        The window.
    seq : int
        The capture's sequence number.
    values : float32 array, shape (F,)
        Features in the order of the spec; masked ones are NaN.
    mask : bool array, shape (F,)
        True where the feature could not be measured (as in numpy.ma): channel missing, window
        too short, speed or geometry unknown.
    speed_rpm, load : float or None
        The operating point, for conditional baselines.
    """

    spec_id: str
    motor_id: str
    motor_hash: str
    t0_ns: int
    t1_ns: int
    seq: int
    values: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]
    speed_rpm: float | None = None
    load: float | None = None

    def __post_init__(self) -> None:
        if self.values.shape != self.mask.shape or self.values.ndim != 1:
            raise BadSamples(
                f"features of shape {self.values.shape} with a mask of shape {self.mask.shape}; "
                "both must be (F,)"
            )
