"""Feature values in their three forms: vector (arrays), message (tuple), store (packed bytes).

Packed little-endian float32 keeps every bit in 4 bytes a feature where JSON takes about 20, and
is the same in every database; a masked feature is NaN there and None in a message.
"""

import numpy as np

from app.fields import Values
from app.messages import Report
from dsp.vector import FeatureVector
from sensors.errors import StoreError


def values_of(vector: FeatureVector) -> Values:
    """Return the values of a vector for a message; masked or non-finite ones are None."""
    usable = ~vector.mask & np.isfinite(vector.values)
    return tuple(
        value if good else None
        for value, good in zip(vector.values.tolist(), usable.tolist(), strict=True)
    )


def vector_of(report: Report) -> FeatureVector:
    """Return the feature vector that a report carries."""
    values = np.array(report.values, dtype=np.float32)
    return FeatureVector(
        spec_id=report.spec_id,
        motor_id=report.motor_id,
        motor_hash=report.motor_hash,
        t0_ns=report.t0_ns,
        t1_ns=report.t1_ns,
        seq=report.seq,
        values=values,
        mask=np.isnan(values),
        speed_rpm=report.speed_rpm,
        load=report.load,
    )


def pack(values: Values) -> bytes:
    """Return values as packed float32, NaN where masked."""
    return np.array(values, dtype="<f4").tobytes()


def unpack(packed: bytes) -> Values:
    """Return the values of `pack`.

    Raises
    ------
    StoreError
        The bytes are not whole float32 numbers: the row was damaged or written by something else.
    """
    if len(packed) % 4:
        raise StoreError(
            f"{len(packed)} bytes of features are not float32 numbers; the row is damaged: "
            "check the database and replay its source into a new one"
        )
    values = np.frombuffer(packed, dtype="<f4")
    return tuple(
        None if masked else value
        for value, masked in zip(values.tolist(), np.isnan(values).tolist(), strict=True)
    )
