"""What a block would have gone on with: continuation beyond its ends by linear prediction.

Filters need samples from before and after a block. Zeros or reflections put a kink there that
rings through the first and last milliseconds; machines sound in tones, and tones are predictable.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

RealArray = npt.NDArray[np.floating[Any]]

ORDER = 32
"""Coefficients of the predictor: enough for sixteen tones."""
FITTED = 512
"""Samples next to the end that it is fitted to: many periods of what it must carry on."""
PREDICTABLE = 1e-12
"""Share of power left unpredicted below which a fit is complete and only rounding remains."""


def burg(x: RealArray, order: int) -> npt.NDArray[np.float64]:
    """Return the prediction-error filter ``a`` of a series, shape (up to order + 1,).

    ``sum_k a[k] x[n - k]`` is the error of predicting ``x[n]``, with ``a[0] = 1``. Burg's method
    minimises forward and backward errors together and is always stable, also on pure tones
    (J. P. Burg, Maximum Entropy Spectral Analysis, Stanford 1975).
    """
    error = np.ones(1)
    forward, backward = x[1:].astype(np.float64), x[:-1].astype(np.float64)
    enough = PREDICTABLE * float(x @ x)
    for _ in range(order):
        power = float(forward @ forward + backward @ backward)
        if power <= enough:
            break
        reflection = -2 * float(forward @ backward) / power
        longer = np.append(error, 0.0)
        error = longer + reflection * longer[::-1]
        forward, backward = (
            (forward + reflection * backward)[1:],
            (backward + reflection * forward)[:-1],
        )
    return error


def continued(x: RealArray, count: int) -> npt.NDArray[np.float64]:
    """Return the `count` samples expected to follow a series of shape (n,), n at least 1."""
    near = x[-FITTED:].astype(np.float64)
    mean = float(near.mean())
    near -= mean
    predictor = -burg(near, min(ORDER, near.size // 3))[:0:-1]
    order = predictor.size
    series = np.zeros(order + count)
    series[:order] = near[near.size - order :]
    for i in range(count if order else 0):
        series[order + i] = predictor @ series[i : order + i]
    return series[order:] + mean
