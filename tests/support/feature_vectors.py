"""Feature vectors for the tests of models: seeded, with known means, scales and slopes."""

import numpy as np
import numpy.typing as npt

from dsp.vector import FeatureVector

SPEC_ID = "spec-of-tests"
STEP_NS = 50 * 10**9


def make_vector(
    values: npt.ArrayLike,
    *,
    index: int = 0,
    motor_id: str = "m1",
    spec_id: str = SPEC_ID,
    mask: npt.ArrayLike | None = None,
    load: float | None = None,
    speed_rpm: float | None = None,
) -> FeatureVector:
    row = np.asarray(values, dtype=np.float32)
    hidden = np.zeros(row.size, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    return FeatureVector(
        spec_id=spec_id,
        motor_id=motor_id,
        motor_hash="hash",
        t0_ns=index * STEP_NS,
        t1_ns=index * STEP_NS + 10**8,
        seq=index,
        values=np.where(hidden, np.nan, row).astype(np.float32),
        mask=hidden,
        speed_rpm=speed_rpm,
        load=load,
    )


def make_vectors(table: npt.ArrayLike, *, motor_id: str = "m1") -> list[FeatureVector]:
    rows = np.asarray(table, dtype=np.float64)
    return [make_vector(row, index=i, motor_id=motor_id) for i, row in enumerate(rows)]
